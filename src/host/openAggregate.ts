// An aggregate document as VS Code has it open, for the commands that work with its text.
import type { TextDocument } from 'vscode'
import type { AggregateDocument } from '../core/aggregate/document.js'
import type { DocumentText } from '../core/aggregate/text/documentText.js'
import type { TextRefusal } from '../core/aggregate/status.js'
import type { TextEdit } from '../core/aggregate/text/edits.js'
import type { Entries } from '../core/aggregate/entries.js'

export interface OpenAggregate {
  readonly document: AggregateDocument
  readonly text: TextDocument
  /** The text as JSON, with what is wrong with it. */
  readonly read: () => DocumentText
  readonly refusal: TextRefusal | undefined
  /** VS Code said that its editor is read-only, or that it isn't. */
  readonly setReadonly: (isReadonly: boolean) => void
  /** Throws a `Failure` when an editor of the document is on screen that only an earlier extension host knew. */
  readonly refuseLost: () => void
  /** Resolves when what was typed in the pages is in the text. Throws a `Failure` when a page may show another text. */
  readonly flush: () => Promise<void>
  /** One step that can be undone. False when the text changed meanwhile, or can not be edited. */
  readonly edit: (edits: readonly TextEdit[]) => Promise<boolean>
  /** Puts the cursor there in the editor in front. */
  readonly reveal: (offset: number) => Promise<void>
  readonly show: (what: 'history' | 'toggleHistory' | 'find') => void
  /** Item hashes of the selected revisions, the focused one first. */
  readonly selected: readonly string[]
  /** What may be written without a question: the value that was published. Used once. */
  permit: Entries | undefined
}

/** The open aggregates by document. */
export interface OpenAggregates {
  /** The one in front, or that of the argument of a command, if it is one. */
  find(argument: unknown): OpenAggregate | undefined
}
