// What a new aggregate can begin with.
import type { Translate } from '../../shared/translate.js'
import { documentFromEntries } from './text/edits.js'

export interface AggregateTemplate {
  id: 'empty' | 'userProfile' | 'blogPost' | 'settings'
  label: string
  detail: string
  /** The whole document. */
  text: string
}

const documentOf = (entries: Record<string, unknown>) =>
  documentFromEntries(new Map(Object.entries(entries).map(([name, value]) => [name, JSON.stringify(value)])))

/** Their names and texts are data, the same in every language. */
export const aggregateTemplates = (t: Translate): AggregateTemplate[] => [
  { id: 'empty', label: t('Empty'), detail: t('An object without entries'), text: documentOf({}) },
  {
    id: 'userProfile',
    label: t('User Profile'),
    detail: t('One entry for each user: name, email, age, preferences'),
    text: documentOf({
      'john-doe': {
        name: 'John Doe',
        email: 'john@example.com',
        age: 30,
        preferences: { theme: 'dark', notifications: true },
      },
    }),
  },
  {
    id: 'blogPost',
    label: t('Blog Post'),
    detail: t('One entry for each post: title, author, text, labels'),
    text: documentOf({
      'first-post': {
        title: 'My First Post',
        author: 'John Doe',
        body: 'Hello, world!',
        labels: ['welcome'],
        published: false,
      },
    }),
  },
  {
    id: 'settings',
    label: t('Settings'),
    detail: t('One entry for each group of settings of an application'),
    text: documentOf({
      appearance: { theme: 'light', fontSize: 14 },
      language: 'en',
      notifications: { email: true, push: false },
    }),
  },
]
