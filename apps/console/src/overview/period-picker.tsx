import { Group, SegmentedControl, TextInput } from '@mantine/core'
import { isoInstant, localInstant } from '../components/local-instant.ts'
import { useI18n } from '../i18n/i18n.ts'
import { boundsOf, type Period, RANGES, type Range } from './range.ts'

/** Selects one of the ranges up to now, or a custom one. */
export function PeriodPicker({ period, onPick }: { period: Period; onPick(period: Period): void }) {
  const { messages } = useI18n()
  const labels = messages.overview
  const names: Range[] = [...(Object.keys(RANGES) as Range[]), 'free']
  const pick = (range: Range) => {
    if (range !== 'free') return onPick({ range, from: '', to: '' })
    onPick({ range, from: boundsOf(period, new Date()).from.toISOString(), to: '' })
  }
  return (
    <Group align="flex-end" gap="sm">
      {period.range === 'free' ? (
        <>
          <TextInput
            type="datetime-local"
            label={messages.list.filters.from}
            value={localInstant(period.from)}
            max={localInstant(period.to)}
            onChange={({ currentTarget: { value } }) => value !== '' && onPick({ ...period, from: isoInstant(value) })}
          />
          <TextInput
            type="datetime-local"
            label={messages.list.filters.to}
            value={localInstant(period.to)}
            min={localInstant(period.from)}
            onChange={({ currentTarget: { value } }) => onPick({ ...period, to: isoInstant(value) })}
          />
        </>
      ) : null}
      <SegmentedControl
        aria-label={labels.range}
        value={period.range}
        onChange={(value) => pick(value as Range)}
        data={names.map((value) => ({ value, label: labels.ranges[value] }))}
      />
    </Group>
  )
}
