import { Alert, Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { failureOf } from '../api/failure-of.ts'
import { useI18n } from '../i18n/i18n.ts'
import { Icon } from './icon.tsx'
import { useRestoredFocus } from './use-restored-focus.ts'

const LONGEST_REASON = 500

export interface ReasonDialogProps {
  title: string
  /** The effect of the action, and whether it can be undone. */
  lead: string
  /** The label of the button, a verb. */
  confirm: string
  /** Red if the action can't be undone. */
  color?: 'fern' | 'red'
  /** Further inputs. */
  children?: ReactNode
  /** Whether the further inputs are complete; called on confirmation. */
  isComplete?(): boolean
  act(reason: string): Promise<unknown>
  /** Called after the action and after cancelling. */
  onClose(): void
}

/** Asks for a reason and a confirmation before a change, and shows the server's error if it refuses. */
export function ReasonDialog(props: ReasonDialogProps) {
  const { title, lead, confirm, color = 'fern', children, isComplete, act, onClose } = props
  const { messages } = useI18n()
  const labels = messages.reason
  const [reason, setReason] = useState('')
  const [isMissing, setMissing] = useState(false)
  useRestoredFocus()
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
                label={labels.label}
                description={labels.hint}
                error={isMissing ? labels.missing : undefined}
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
                  {failureOf(acting.error).sentence ?? messages.parts.failures[failureOf(acting.error).kind].lead}
                </Alert>
              ) : null}
              <Group justify="flex-end">
                <Button variant="default" onClick={onClose}>
                  {labels.cancel}
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
