import { useEffect } from 'react'

/** Gives the focus back to who had it before, when this goes; to the page's content where that one can't take it. */
export function useFocusBack(): void {
  useEffect(() => {
    const before = document.activeElement
    return () => {
      if (before instanceof HTMLElement) before.focus()
      if (document.activeElement !== before) document.getElementById('content')?.focus({ preventScroll: true })
    }
  }, [])
}
