const DEVELOPMENT = /^(localhost|127\.[\d.]+|\[::1\]|10\.[\d.]+|192\.168\.[\d.]+|.*\.(localhost|local|test))$/

/** Writes a mistake of the page's set-up to the console, where a developer looks: on a local host only. */
export function complain(mistake: string): void {
  try {
    // biome-ignore lint/suspicious/noConsole: this is for the page's developer.
    if (DEVELOPMENT.test(location.hostname)) console.error(`[registration] ${mistake}`)
  } catch {
    // No page, or no console.
  }
}
