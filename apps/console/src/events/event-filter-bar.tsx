import { Button, Group, MultiSelect, Select, Stack } from '@mantine/core'
import { TypedFilter } from '../parts/typed-filter.tsx'
import { useSpeech } from '../texts/speech.ts'
import { type EventFilters, isNarrowed, NO_EVENT_FILTERS, STATES, TYPES } from './event-filters.ts'

export interface EventFilterBarProps {
  filters: EventFilters
  /** The apps to choose from. */
  endpoints: readonly string[]
  onChange(changed: Partial<EventFilters>): void
}

/** Narrows the list of events; each change takes effect at once. */
export function EventFilterBar({ filters, endpoints, onChange }: EventFilterBarProps) {
  const { texts } = useSpeech()
  const { filters: words, states, types } = texts.events
  const { clear, any } = texts.list.filters
  const cleared = { 'aria-label': clear }
  return (
    <Stack component="search" gap="sm" mb="md" aria-label={texts.list.filters.title}>
      <Group align="flex-end" gap="sm">
        <MultiSelect
          className="grows"
          label={words.state}
          placeholder={filters.states.length === 0 ? any : ''}
          data={STATES.map((value) => ({ value, label: states[value] }))}
          value={filters.states}
          onChange={(chosen) => onChange({ states: STATES.filter((state) => chosen.includes(state)) })}
          clearable
          clearButtonProps={cleared}
        />
        <MultiSelect
          className="grows"
          label={words.type}
          placeholder={filters.types.length === 0 ? any : ''}
          data={TYPES.map((value) => ({ value, label: types[value] }))}
          value={filters.types}
          onChange={(chosen) => onChange({ types: TYPES.filter((type) => chosen.includes(type)) })}
          clearable
          clearButtonProps={cleared}
        />
        <Select
          className="grows"
          label={words.endpoint}
          placeholder={any}
          data={[...new Set([...endpoints, filters.endpoint])].filter((name) => name !== '')}
          value={filters.endpoint === '' ? null : filters.endpoint}
          onChange={(endpoint) => onChange({ endpoint: endpoint ?? '' })}
          clearable
          clearButtonProps={cleared}
        />
        <TypedFilter
          className="grows"
          label={words.registrationId}
          value={filters.registrationId}
          onType={(registrationId) => onChange({ registrationId })}
        />
        <Button variant="subtle" disabled={!isNarrowed(filters)} onClick={() => onChange(NO_EVENT_FILTERS)}>
          {clear}
        </Button>
      </Group>
    </Stack>
  )
}
