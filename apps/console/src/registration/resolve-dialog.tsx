import { Radio, Stack, TextInput } from '@mantine/core'
import type { Found } from '@registration/shared/operator'
import { useState } from 'react'
import { ReasonDialog } from '../components/reason-dialog.tsx'
import { useI18n } from '../i18n/i18n.ts'

export type Resolution = 'account_with_link' | 'account_without_link' | 'absent'

const RESOLUTIONS = ['account_with_link', 'account_without_link', 'absent'] as const satisfies Resolution[]

export interface ResolveDialogProps {
  act(found: Found, reason: string): Promise<unknown>
  onClose(): void
}

/** Asks what the operator found at the partner, and for the link if there is one. */
export function ResolveDialog({ act, onClose }: ResolveDialogProps) {
  const { messages } = useI18n()
  const labels = messages.registration.resolve
  const [resolution, setResolution] = useState<Resolution>()
  const [link, setLink] = useState('')
  const [wasTried, setTried] = useState(false)
  const found = foundOf(resolution, link)

  return (
    <ReasonDialog
      title={labels.title}
      lead={labels.lead}
      confirm={labels.confirm}
      isComplete={() => {
        setTried(true)
        return found !== undefined
      }}
      act={(reason) => (found === undefined ? Promise.reject(new Error(labels.outcomeMissing)) : act(found, reason))}
      onClose={onClose}
    >
      <Radio.Group
        label={labels.outcome}
        withAsterisk
        error={wasTried && resolution === undefined ? labels.outcomeMissing : undefined}
        value={resolution ?? null}
        onChange={(value) => setResolution(value as Resolution)}
      >
        <Stack gap="sm" my="xs">
          {RESOLUTIONS.map((value, index) => (
            <Radio
              key={value}
              value={value}
              label={labels.outcomes[value].name}
              description={labels.outcomes[value].meaning}
              data-autofocus={index === 0 ? true : undefined}
            />
          ))}
        </Stack>
      </Radio.Group>
      {resolution === 'account_with_link' ? (
        <TextInput
          type="url"
          label={labels.link}
          description={labels.linkHint}
          withAsterisk
          error={wasTried && found === undefined ? labels.linkMissing : undefined}
          value={link}
          onChange={({ currentTarget }) => setLink(currentTarget.value)}
        />
      ) : null}
    </ReasonDialog>
  )
}

function foundOf(resolution: Resolution | undefined, link: string): Found | undefined {
  if (resolution !== 'account_with_link') return resolution && { outcome: resolution }
  const depositUrl = link.trim()
  return URL.canParse(depositUrl) && depositUrl.startsWith('https://') ? { outcome: resolution, depositUrl } : undefined
}
