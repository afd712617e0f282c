import { Alert, Button, Center, Group, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { createClient } from '../api/create-client.ts'
import { failureOf } from '../api/failure-of.ts'
import { Icon } from '../parts/icon.tsx'
import { LanguageSwitch } from '../shell/language-switch.tsx'
import { SchemeSwitch } from '../shell/scheme-switch.tsx'
import { useSpeech } from '../texts/speech.ts'

export type SignInProblem = 'empty' | 'unknown-key' | 'no-longer-known' | 'no-answer'

export interface SignInPageProps {
  /** Why somebody is here who was signed in. */
  problem: SignInProblem | undefined
  onSignedIn(key: string): void
}

export function SignInPage({ problem: earlier, onSignedIn }: SignInPageProps) {
  const { texts } = useSpeech()
  const [problem, setProblem] = useState(earlier)
  const [busy, setBusy] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    document.title = `${texts.signIn.title} · ${texts.product}`
  }, [texts])

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
          <Text fw={650}>{texts.product}</Text>
          <Group gap="xs">
            <LanguageSwitch />
            <SchemeSwitch />
          </Group>
        </Group>
        <Paper component="form" noValidate withBorder p="xl" radius="lg" shadow="sm" onSubmit={submit}>
          <Stack>
            <div>
              <Title order={1} size="h2">
                {texts.signIn.title}
              </Title>
              <Text c="dimmed" mt={4}>
                {texts.signIn.lead}
              </Text>
            </div>
            {problem === 'no-longer-known' || problem === 'no-answer' ? (
              <Alert role="alert" color="red" icon={<Icon name="warning" />}>
                {texts.signIn.problems[problem]}
              </Alert>
            ) : null}
            <PasswordInput
              ref={input}
              label={texts.signIn.key}
              description={texts.signIn.hint}
              error={problem === 'empty' || problem === 'unknown-key' ? texts.signIn.problems[problem] : undefined}
              autoComplete="off"
              spellCheck={false}
              data-autofocus
              autoFocus
              visibilityToggleButtonProps={{ 'aria-label': texts.signIn.show }}
            />
            <Button type="submit" loading={busy}>
              {texts.signIn.submit}
            </Button>
          </Stack>
        </Paper>
        <Text size="sm" c="dimmed">
          {texts.signIn.safe}
        </Text>
      </Stack>
    </Center>
  )
}

/** Whether the server takes the key; it knows by asking for one thing. */
async function problemWith(key: string): Promise<SignInProblem | undefined> {
  // What no header can carry is no key, either.
  if (key === '') return 'empty'
  if (!/^[\x21-\x7e]+$/.test(key)) return 'unknown-key'
  try {
    await createClient(key).registrations.list.query({ limit: 1 })
    return undefined
  } catch (error) {
    return failureOf(error).kind === 'forbidden' ? 'unknown-key' : 'no-answer'
  }
}
