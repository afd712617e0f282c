import { Table, VisuallyHidden } from '@mantine/core'

export interface DataTableProps {
  caption: string
  columns: readonly string[]
  rows: readonly (readonly string[])[]
}

/** The numbers of a chart as a table, for screen readers. */
export function DataTable({ caption, columns, rows }: DataTableProps) {
  return (
    <VisuallyHidden>
      <Table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row[0]}>
              {row.map((cell, index) => (
                <td key={columns[index]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </Table>
    </VisuallyHidden>
  )
}
