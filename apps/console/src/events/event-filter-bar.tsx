import { Button, Group, MultiSelect, Select, Stack } from '@mantine/core'
import { TypedFilter } from '../components/typed-filter.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { type EventFilters, isNarrowed, NO_EVENT_FILTERS, STATES, TYPES } from './event-filters.ts'

export interface EventFilterBarProps {
  filters: EventFilters
  /** The selectable apps. */
  endpoints: readonly string[]
  onChange(changed: Partial<EventFilters>): void
}

/** The filters of the list of events. Each change takes effect at once. */
export function EventFilterBar({ filters, endpoints, onChange }: EventFilterBarProps) {
  const { messages } = useI18n()
  const { filters: labels, states, types } = messages.events
  const { clear, any } = messages.list.filters
  const cleared = { 'aria-label': clear }
  return (
    <Stack component="search" gap="sm" mb="md" aria-label={messages.list.filters.title}>
      <Group align="flex-end" gap="sm">
        <MultiSelect
          className="grows"
          label={labels.state}
          placeholder={filters.states.length === 0 ? any : ''}
          data={STATES.map((value) => ({ value, label: states[value] }))}
          value={filters.states}
          onChange={(chosen) => onChange({ states: STATES.filter((state) => chosen.includes(state)) })}
          clearable
          clearButtonProps={cleared}
        />
        <MultiSelect
          className="grows"
          label={labels.type}
          placeholder={filters.types.length === 0 ? any : ''}
          data={TYPES.map((value) => ({ value, label: types[value] }))}
          value={filters.types}
          onChange={(chosen) => onChange({ types: TYPES.filter((type) => chosen.includes(type)) })}
          clearable
          clearButtonProps={cleared}
        />
        <Select
          className="grows"
          label={labels.endpoint}
          placeholder={any}
          data={[...new Set([...endpoints, filters.endpoint])].filter((name) => name !== '')}
          value={filters.endpoint === '' ? null : filters.endpoint}
          onChange={(endpoint) => onChange({ endpoint: endpoint ?? '' })}
          clearable
          clearButtonProps={cleared}
        />
        <TypedFilter
          className="grows"
          label={labels.registrationId}
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
