import { useEffect } from 'react'

/** On unmount, returns the focus to the element that had it before, or to the page's content if that element is gone. */
export function useRestoredFocus(): void {
  useEffect(() => {
    const before = document.activeElement
    return () => {
      if (before instanceof HTMLElement) before.focus()
      if (document.activeElement !== before) document.getElementById('content')?.focus({ preventScroll: true })
    }
  }, [])
}
