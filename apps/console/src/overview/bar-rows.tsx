import { Anchor, Table, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'

export interface BarRow {
  key: string
  name: ReactNode
  /** The target of the row's link. */
  href?: string
  /** The value that its bar shows. */
  size: number
  /** The bar's colour, a variable of the theme. */
  color?: string
  values: readonly string[]
}

/** A bar chart of one number per row. It is a table, so that screen readers can read it. */
export function BarRows({ columns, rows }: { columns: readonly string[]; rows: readonly BarRow[] }) {
  const largest = Math.max(...rows.map(({ size }) => size), Number.MIN_VALUE)
  const [first, ...others] = columns
  return (
    <Table className="bar-rows" withRowBorders={false} verticalSpacing={6} horizontalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{first}</Table.Th>
          {others.map((column) => (
            <Table.Th key={column} ta="right">
              {column}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(({ key, name, href, size, color = 'var(--mantine-color-fern-5)', values }) => (
          <Table.Tr key={key}>
            <Table.Td className="bar-cell">
              <Text component="div" size="sm" className="breaks">
                {href === undefined ? (
                  name
                ) : (
                  <Anchor component={Link} href={href} size="sm">
                    {name}
                  </Anchor>
                )}
              </Text>
              <div className="bar" style={{ width: `${(size / largest) * 100}%`, background: color }} />
            </Table.Td>
            {values.map((value, index) => (
              <Table.Td key={others[index]} ta="right" className="short">
                {value}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
