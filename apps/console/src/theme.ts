import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

/** The green of the visitors' page. Shade 8 on white and shade 3 on the dark ground have a contrast above 4.5. */
const fern: MantineColorsTuple = [
  '#eaf7f1',
  '#d6ece2',
  '#abd8c5',
  '#7dc4a6',
  '#57b38c',
  '#3fa97b',
  '#2f9f70',
  '#1f7f57',
  '#136a48',
  '#0f4a3c',
]

export const theme = createTheme({
  primaryColor: 'fern',
  primaryShade: { light: 8, dark: 7 },
  colors: { fern },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  defaultRadius: 'md',
  headings: { fontWeight: '650' },
  // Shows the focus ring to keyboard users only (:focus-visible).
  focusRing: 'auto',
  cursorType: 'pointer',
})

/** Overrides the library's dimmed and red text colours, whose contrast is below 4.5:1 (WCAG AA). */
export const legibleColors: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    '--mantine-color-anchor': 'var(--mantine-color-fern-8)',
  },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
    '--mantine-color-anchor': 'var(--mantine-color-fern-3)',
  },
})
