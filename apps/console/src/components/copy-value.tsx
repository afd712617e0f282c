import { ActionIcon, CopyButton, Group, Text } from '@mantine/core'
import { useI18n } from '../i18n/i18n.ts'
import { Icon } from './icon.tsx'

/** A value with a button that copies it. */
export function CopyValue({ value, label }: { value: string; label: string }) {
  const { messages } = useI18n()
  return (
    <Group gap={4} wrap="nowrap">
      <Text ff="monospace" size="sm" className="breaks">
        {value}
      </Text>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            onClick={copy}
            aria-label={copied ? messages.parts.copied : messages.parts.copy(label)}
          >
            <Icon name={copied ? 'done' : 'copy'} size={15} />
          </ActionIcon>
        )}
      </CopyButton>
    </Group>
  )
}
