import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { Icon } from '../components/icon.tsx'
import { useI18n } from '../i18n/i18n.ts'

export function SchemeSwitch() {
  const { messages } = useI18n()
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false })
  const other = scheme === 'light' ? 'dark' : 'light'
  return (
    <ActionIcon
      variant="default"
      size="lg"
      aria-label={messages.shell.scheme[other]}
      onClick={() => setColorScheme(other)}
    >
      <Icon name={other === 'dark' ? 'moon' : 'sun'} />
    </ActionIcon>
  )
}
