import { html, svg, type TemplateResult } from 'lit-html'

const SIGNS = {
  good: svg`<path d="m7 12.5 3.6 3.6L17.5 9" />`,
  warning: svg`<path d="M12 7v6m0 3.6v.1" />`,
  bad: svg`<path d="M12 7v6m0 3.6v.1" />`,
}

/** Says at a glance how it went; the heading beside it says it in words. */
export function badge(kind: keyof typeof SIGNS): TemplateResult {
  return html`<svg class="badge ${kind}" viewBox="0 0 24 24" aria-hidden="true">${SIGNS[kind]}</svg>`
}
