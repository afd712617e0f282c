/** Rows of equally many cells, the first with the titles; numbers to the right. */
export function markdownTable([titles = [], ...rows]: string[][]): string {
  const columns = titles.map((_, n) => [titles, ...rows].map((row) => row[n] ?? ''))
  const widths = columns.map((cells) => Math.max(...cells.map((cell) => cell.length)))
  const line = (cells: string[]) => `| ${cells.map((cell, n) => cell.padStart(widths[n] ?? 0)).join(' | ')} |`
  return [
    line(titles),
    `| ${widths.map((width) => `${'-'.repeat(width - 1)}:`).join(' | ')} |`,
    ...rows.map(line),
  ].join('\n')
}
