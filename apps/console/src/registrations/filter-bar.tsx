import { Button, Collapse, Group, MultiSelect, Select, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Icon } from '../parts/icon.tsx'
import { isoInstant, localInstant } from '../parts/local-instant.ts'
import { TypedFilter } from '../parts/typed-filter.tsx'
import { useSpeech } from '../texts/speech.ts'
import { countFilters, type Filters, NO_FILTERS, STATUSES } from './filters.ts'

const CODES = ['ALREADY_REGISTERED', 'MULTIPLE_ACCOUNTS', 'PARTNER_REJECTED']

/** Narrows the list; each change takes effect at once. */
export function FilterBar({ filters, onChange }: { filters: Filters; onChange(changed: Partial<Filters>): void }) {
  const { texts } = useSpeech()
  const words = texts.list.filters
  const { code, tag, clickId, from, to } = filters
  const [open, { toggle }] = useDisclosure([code, tag, clickId, from, to].some((value) => value !== ''))
  const used = countFilters(filters)
  return (
    <Stack component="search" gap="sm" mb="md" aria-label={words.title}>
      <Group align="flex-end" gap="sm">
        <TypedFilter
          className="grows"
          label={words.email}
          placeholder={words.emailExample}
          leftSection={<Icon name="search" size={16} />}
          value={filters.email}
          onType={(email) => onChange({ email })}
        />
        <MultiSelect
          className="grows"
          label={words.status}
          placeholder={filters.statuses.length === 0 ? words.any : ''}
          data={STATUSES.map((value) => ({ value, label: texts.statuses[value].name }))}
          value={filters.statuses}
          onChange={(statuses) => onChange({ statuses: STATUSES.filter((status) => statuses.includes(status)) })}
          clearable
          clearButtonProps={{ 'aria-label': words.clear }}
        />
        <Button variant="default" onClick={toggle} aria-expanded={open}>
          {open ? words.fewer : words.more}
        </Button>
        <Button variant="subtle" disabled={used === 0} onClick={() => onChange(NO_FILTERS)}>
          {words.clear}
        </Button>
      </Group>
      <Collapse expanded={open}>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 5 }} spacing="sm">
          <Select
            label={words.code}
            placeholder={words.any}
            data={CODES}
            value={code === '' ? null : code}
            onChange={(value) => onChange({ code: value ?? '' })}
            clearable
            clearButtonProps={{ 'aria-label': words.clear }}
          />
          <TypedFilter label={words.tag} value={tag} onType={(value) => onChange({ tag: value })} />
          <TypedFilter label={words.clickId} value={clickId} onType={(value) => onChange({ clickId: value })} />
          <TextInput
            type="datetime-local"
            label={words.from}
            value={localInstant(from)}
            onChange={({ currentTarget }) => onChange({ from: isoInstant(currentTarget.value) })}
          />
          <TextInput
            type="datetime-local"
            label={words.to}
            value={localInstant(to)}
            onChange={({ currentTarget }) => onChange({ to: isoInstant(currentTarget.value) })}
          />
        </SimpleGrid>
      </Collapse>
    </Stack>
  )
}
