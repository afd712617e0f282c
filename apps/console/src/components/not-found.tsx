import { Button } from '@mantine/core'
import { Link } from 'wouter'
import { useI18n } from '../i18n/i18n.ts'
import { Notice } from './notice.tsx'

export function NotFound() {
  const { messages } = useI18n()
  return (
    <Notice title={messages.parts.notFound} lead={messages.parts.notFoundLead} isPage>
      <Button component={Link} href="/overview" variant="default">
        {messages.shell.places.overview}
      </Button>
    </Notice>
  )
}
