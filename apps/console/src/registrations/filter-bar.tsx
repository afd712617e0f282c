import { Button, Collapse, Group, MultiSelect, Select, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Icon } from '../components/icon.tsx'
import { isoInstant, localInstant } from '../components/local-instant.ts'
import { TypedFilter } from '../components/typed-filter.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { countFilters, type Filters, NO_FILTERS, STATUSES } from './filters.ts'

const CODES = ['ALREADY_REGISTERED', 'MULTIPLE_ACCOUNTS', 'PARTNER_REJECTED']

/** The filters of the list. Each change takes effect at once. */
export function FilterBar({ filters, onChange }: { filters: Filters; onChange(changed: Partial<Filters>): void }) {
  const { messages } = useI18n()
  const labels = messages.list.filters
  const { code, tag, clickId, from, to } = filters
  const [open, { toggle }] = useDisclosure([code, tag, clickId, from, to].some((value) => value !== ''))
  const used = countFilters(filters)
  return (
    <Stack component="search" gap="sm" mb="md" aria-label={labels.title}>
      <Group align="flex-end" gap="sm">
        <TypedFilter
          className="grows"
          label={labels.email}
          placeholder={labels.emailExample}
          leftSection={<Icon name="search" size={16} />}
          value={filters.email}
          onType={(email) => onChange({ email })}
        />
        <MultiSelect
          className="grows"
          label={labels.status}
          placeholder={filters.statuses.length === 0 ? labels.any : ''}
          data={STATUSES.map((value) => ({ value, label: messages.statuses[value].name }))}
          value={filters.statuses}
          onChange={(statuses) => onChange({ statuses: STATUSES.filter((status) => statuses.includes(status)) })}
          clearable
          clearButtonProps={{ 'aria-label': labels.clear }}
        />
        <Button variant="default" onClick={toggle} aria-expanded={open}>
          {open ? labels.fewer : labels.more}
        </Button>
        <Button variant="subtle" disabled={used === 0} onClick={() => onChange(NO_FILTERS)}>
          {labels.clear}
        </Button>
      </Group>
      <Collapse expanded={open}>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 5 }} spacing="sm">
          <Select
            label={labels.code}
            placeholder={labels.any}
            data={CODES}
            value={code === '' ? null : code}
            onChange={(value) => onChange({ code: value ?? '' })}
            clearable
            clearButtonProps={{ 'aria-label': labels.clear }}
          />
          <TypedFilter label={labels.tag} value={tag} onType={(value) => onChange({ tag: value })} />
          <TypedFilter label={labels.clickId} value={clickId} onType={(value) => onChange({ clickId: value })} />
          <TextInput
            type="datetime-local"
            label={labels.from}
            value={localInstant(from)}
            onChange={({ currentTarget }) => onChange({ from: isoInstant(currentTarget.value) })}
          />
          <TextInput
            type="datetime-local"
            label={labels.to}
            value={localInstant(to)}
            onChange={({ currentTarget }) => onChange({ to: isoInstant(currentTarget.value) })}
          />
        </SimpleGrid>
      </Collapse>
    </Stack>
  )
}
