import { ActionIcon, CopyButton, Group, Text } from '@mantine/core'
import { useSpeech } from '../texts/speech.ts'
import { Icon } from './icon.tsx'

/** A value that is passed on by copying it. */
export function CopyValue({ value, label }: { value: string; label: string }) {
  const { texts } = useSpeech()
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
            aria-label={copied ? texts.parts.copied : texts.parts.copy(label)}
          >
            <Icon name={copied ? 'done' : 'copy'} size={15} />
          </ActionIcon>
        )}
      </CopyButton>
    </Group>
  )
}
