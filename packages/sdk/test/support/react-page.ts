import { configure } from '@registration/sdk'
import { createElement, StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { useRegistration } from '../../examples/use-registration.ts'

configure({ endpoint: location.search.slice(1) })

function Page() {
  const [link, setLink] = useState('')
  const { register, isBusy, error } = useRegistration(setLink)
  return createElement(
    'div',
    null,
    createElement(
      'button',
      { type: 'button', onClick: () => register({ email: 'react@example.com' }), disabled: isBusy },
      'Register',
    ),
    createElement('output', null, link || error?.message),
  )
}

createRoot(document.querySelector('main') as HTMLElement).render(createElement(StrictMode, null, createElement(Page)))
