import { Alert, Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { failureOf } from '../api/failure-of.ts'
import { useSpeech } from '../texts/speech.ts'
import { Icon } from './icon.tsx'
import { useFocusBack } from './use-focus-back.ts'

const LONGEST_REASON = 500

export interface ReasonDialogProps {
  title: string
  /** What will happen, and whether it can be undone. */
  lead: string
  /** What the button does, in a verb. */
  confirm: string
  /** Red where it can't be undone. */
  color?: 'fern' | 'red'
  /** What else has to be said. */
  children?: ReactNode
  /** Whether what else has to be said was said; called when somebody confirms. */
  isComplete?(): boolean
  act(reason: string): Promise<unknown>
  /** Acted or not. */
  onClose(): void
}

/** Asks for a reason and a confirmation before anything is changed. What the server says against it is shown here. */
export function ReasonDialog(props: ReasonDialogProps) {
  const { title, lead, confirm, color = 'fern', children, isComplete, act, onClose } = props
  const { texts } = useSpeech()
  const words = texts.reason
  const [reason, setReason] = useState('')
  const [isMissing, setMissing] = useState(false)
  useFocusBack()
  const acting = useMutation({ mutationFn: act, onSuccess: onClose })

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const complete = isComplete?.() ?? true
    setMissing(reason.trim() === '')
    if (complete && reason.trim() !== '' && !acting.isPending) acting.mutate(reason.trim())
  }

  return (
    <Modal.Root opened onClose={onClose} centered transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content radius="lg">
        <Modal.Body p="lg">
          <form noValidate onSubmit={submit}>
            <Stack>
              <Modal.Title fw={650} fz="lg">
                {title}
              </Modal.Title>
              <Text>{lead}</Text>
              {children}
              <Textarea
                label={words.label}
                description={words.hint}
                error={isMissing ? words.missing : undefined}
                withAsterisk
                autosize
                minRows={2}
                maxLength={LONGEST_REASON}
                value={reason}
                onChange={({ currentTarget }) => setReason(currentTarget.value)}
                data-autofocus={children === undefined ? true : undefined}
              />
              {acting.isError ? (
                <Alert role="alert" color="red" icon={<Icon name="warning" />}>
                  {failureOf(acting.error).sentence ?? texts.parts.failures[failureOf(acting.error).kind].lead}
                </Alert>
              ) : null}
              <Group justify="flex-end">
                <Button variant="default" onClick={onClose}>
                  {words.cancel}
                </Button>
                <Button type="submit" color={color} loading={acting.isPending}>
                  {confirm}
                </Button>
              </Group>
            </Stack>
          </form>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}
