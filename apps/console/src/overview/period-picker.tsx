import { Group, SegmentedControl, TextInput } from '@mantine/core'
import { isoInstant, localInstant } from '../parts/local-instant.ts'
import { useSpeech } from '../texts/speech.ts'
import { boundsOf, type Period, RANGES, type Range } from './range.ts'

/** Some ranges up to now, and one that is free. */
export function PeriodPicker({ period, onPick }: { period: Period; onPick(period: Period): void }) {
  const { texts } = useSpeech()
  const words = texts.overview
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
            label={texts.list.filters.from}
            value={localInstant(period.from)}
            max={localInstant(period.to)}
            onChange={({ currentTarget: { value } }) => value !== '' && onPick({ ...period, from: isoInstant(value) })}
          />
          <TextInput
            type="datetime-local"
            label={texts.list.filters.to}
            value={localInstant(period.to)}
            min={localInstant(period.from)}
            onChange={({ currentTarget: { value } }) => onPick({ ...period, to: isoInstant(value) })}
          />
        </>
      ) : null}
      <SegmentedControl
        aria-label={words.range}
        value={period.range}
        onChange={(value) => pick(value as Range)}
        data={names.map((value) => ({ value, label: words.ranges[value] }))}
      />
    </Group>
  )
}
