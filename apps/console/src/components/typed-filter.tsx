import { TextInput, type TextInputProps } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useEffect, useRef, useState } from 'react'

/** Pause after the last key before the list is requested. */
const DEBOUNCE_MS = 300

export interface TypedFilterProps extends Omit<TextInputProps, 'value' | 'onChange'> {
  value: string
  onType(value: string): void
}

/** A text filter that is applied after a pause in typing. */
export function TypedFilter({ value, onType, ...props }: TypedFilterProps) {
  const [typed, setTyped] = useState(value)
  const told = useRef(value)
  const tell = useDebouncedCallback((text: string) => {
    told.current = text.trim()
    onType(told.current)
  }, DEBOUNCE_MS)
  useEffect(() => {
    // The value changed elsewhere: by going back, or by clearing all filters.
    if (value !== told.current) setTyped(value)
    told.current = value
  }, [value])
  return (
    <TextInput
      {...props}
      autoComplete="off"
      spellCheck={false}
      value={typed}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value)
        tell(currentTarget.value)
      }}
    />
  )
}
