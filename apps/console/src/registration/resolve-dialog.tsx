import { Radio, Stack, TextInput } from '@mantine/core'
import type { Found } from '@registration/shared/operator'
import { useState } from 'react'
import { ReasonDialog } from '../parts/reason-dialog.tsx'
import { useSpeech } from '../texts/speech.ts'

export type Resolution = 'account_with_link' | 'account_without_link' | 'absent'

const RESOLUTIONS = ['account_with_link', 'account_without_link', 'absent'] as const satisfies Resolution[]

export interface ResolveDialogProps {
  act(found: Found, reason: string): Promise<unknown>
  onClose(): void
}

/** Asks what an operator found at the partner: one of three, with the link where there is one. */
export function ResolveDialog({ act, onClose }: ResolveDialogProps) {
  const { texts } = useSpeech()
  const words = texts.registration.resolve
  const [resolution, setResolution] = useState<Resolution>()
  const [link, setLink] = useState('')
  const [wasTried, setTried] = useState(false)
  const found = foundOf(resolution, link)

  return (
    <ReasonDialog
      title={words.title}
      lead={words.lead}
      confirm={words.confirm}
      isComplete={() => {
        setTried(true)
        return found !== undefined
      }}
      act={(reason) => (found === undefined ? Promise.reject(new Error(words.outcomeMissing)) : act(found, reason))}
      onClose={onClose}
    >
      <Radio.Group
        label={words.outcome}
        withAsterisk
        error={wasTried && resolution === undefined ? words.outcomeMissing : undefined}
        value={resolution ?? null}
        onChange={(value) => setResolution(value as Resolution)}
      >
        <Stack gap="sm" my="xs">
          {RESOLUTIONS.map((value, index) => (
            <Radio
              key={value}
              value={value}
              label={words.outcomes[value].name}
              description={words.outcomes[value].meaning}
              data-autofocus={index === 0 ? true : undefined}
            />
          ))}
        </Stack>
      </Radio.Group>
      {resolution === 'account_with_link' ? (
        <TextInput
          type="url"
          label={words.link}
          description={words.linkHint}
          withAsterisk
          error={wasTried && found === undefined ? words.linkMissing : undefined}
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
