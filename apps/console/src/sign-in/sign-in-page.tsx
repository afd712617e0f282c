import { Alert, Button, Center, Group, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { createClient } from '../api/create-client.ts'
import { failureOf } from '../api/failure-of.ts'
import { Icon } from '../components/icon.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { LanguageSwitch } from '../shell/language-switch.tsx'
import { SchemeSwitch } from '../shell/scheme-switch.tsx'

export type SignInProblem = 'empty' | 'unknown-key' | 'no-longer-known' | 'no-answer'

export interface SignInPageProps {
  /** Why a signed-in operator has to sign in again. */
  problem: SignInProblem | undefined
  onSignedIn(key: string): void
}

export function SignInPage({ problem: earlier, onSignedIn }: SignInPageProps) {
  const { messages } = useI18n()
  const [problem, setProblem] = useState(earlier)
  const [busy, setBusy] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    document.title = `${messages.signIn.title} · ${messages.product}`
  }, [messages])

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const key = input.current?.value.trim() ?? ''
    setBusy(true)
    const found = await problemWith(key)
    setBusy(false)
    setProblem(found)
    if (found === undefined) onSignedIn(key)
    else input.current?.select()
  }

  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack w="100%" maw={400} gap="lg">
        <Group justify="space-between">
          <Text fw={650}>{messages.product}</Text>
          <Group gap="xs">
            <LanguageSwitch />
            <SchemeSwitch />
          </Group>
        </Group>
        <Paper component="form" noValidate withBorder p="xl" radius="lg" shadow="sm" onSubmit={submit}>
          <Stack>
            <div>
              <Title order={1} size="h2">
                {messages.signIn.title}
              </Title>
              <Text c="dimmed" mt={4}>
                {messages.signIn.lead}
              </Text>
            </div>
            {problem === 'no-longer-known' || problem === 'no-answer' ? (
              <Alert role="alert" color="red" icon={<Icon name="warning" />}>
                {messages.signIn.problems[problem]}
              </Alert>
            ) : null}
            <PasswordInput
              ref={input}
              label={messages.signIn.key}
              description={messages.signIn.hint}
              error={problem === 'empty' || problem === 'unknown-key' ? messages.signIn.problems[problem] : undefined}
              autoComplete="off"
              spellCheck={false}
              data-autofocus
              autoFocus
              visibilityToggleButtonProps={{ 'aria-label': messages.signIn.show }}
            />
            <Button type="submit" loading={busy}>
              {messages.signIn.submit}
            </Button>
          </Stack>
        </Paper>
        <Text size="sm" c="dimmed">
          {messages.signIn.safe}
        </Text>
      </Stack>
    </Center>
  )
}

/** Checks the key with a cheap request. */
async function problemWith(key: string): Promise<SignInProblem | undefined> {
  // A key that a header can't carry is invalid.
  if (key === '') return 'empty'
  if (!/^[\x21-\x7e]+$/.test(key)) return 'unknown-key'
  try {
    await createClient(key).registrations.list.query({ limit: 1 })
    return undefined
  } catch (error) {
    return failureOf(error).kind === 'forbidden' ? 'unknown-key' : 'no-answer'
  }
}
