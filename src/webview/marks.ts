// What the extension says of places in the text: problems as squiggles and gutter icons, changed lines as bars.
import { setDiagnostics, type Diagnostic } from '@codemirror/lint'
import { RangeSet, StateEffect, StateField, type ChangeDesc, type Extension, type Text } from '@codemirror/state'
import { GutterMarker, gutter, type EditorView } from '@codemirror/view'
import type { ChangedLines, Severity, TextProblem } from '../shared/editorProtocol.js'
import { icon } from './icons.js'
import { toOffset } from './sync.js'

/** More of them help nobody, and each costs time while typing. */
const maxShownProblems = 500

class ProblemMarker extends GutterMarker {
  constructor(readonly severity: Severity) {
    super()
  }

  override eq(other: ProblemMarker): boolean {
    return other.severity === this.severity
  }

  override toDOM(): Node {
    return icon(this.severity)
  }
}

class ChangeBar extends GutterMarker {
  override readonly elementClass: string

  constructor(kind: ChangedLines['kind']) {
    super()
    this.elementClass = `cm-changeBar-${kind}`
  }
}

const problemMarkers = {
  error: new ProblemMarker('error'),
  warning: new ProblemMarker('warning'),
  info: new ProblemMarker('info'),
}
const changeBars = { added: new ChangeBar('added'), changed: new ChangeBar('changed') }

const setProblemMarkers = StateEffect.define<RangeSet<GutterMarker>>()
const setChangeBars = StateEffect.define<RangeSet<GutterMarker>>()

/** Ranges that follow the text until the extension says better. */
const rangesOf = (effect: typeof setChangeBars) =>
  StateField.define<RangeSet<GutterMarker>>({
    create: () => RangeSet.empty,
    update: (ranges, { changes, effects }) => effects.find(each => each.is(effect))?.value ?? ranges.map(changes),
  })

const problemMarkersField = rangesOf(setProblemMarkers)
const changeBarsField = rangesOf(setChangeBars)

export const markGutters = {
  problems: [
    problemMarkersField,
    gutter({
      class: 'cm-problemGutter',
      markers: view => view.state.field(problemMarkersField),
      initialSpacer: () => problemMarkers.error,
    }),
  ],
  changes: [
    changeBarsField,
    gutter({
      class: 'cm-changeGutter',
      // A range may be as long as the document, so lines are asked for as they come into view.
      lineMarker(view, { from }) {
        let found: GutterMarker | null = null
        view.state.field(changeBarsField).between(from, from, (_from, _to, bar) => {
          found = bar
        })
        return found
      },
      lineMarkerChange: ({ startState, state }) => startState.field(changeBarsField) !== state.field(changeBarsField),
    }),
  ],
} satisfies Record<string, Extension>

const severityRank: Record<Severity, number> = { error: 0, warning: 1, info: 2 }

/** Positions are those of `text`; `pending` is what has happened to it in the view since. */
export function showProblems(
  view: EditorView,
  problems: TextProblem[],
  text: Text,
  pending: ChangeDesc | undefined,
): void {
  const place = (offset: number) => pending?.mapPos(offset) ?? offset
  const shown = problems.slice(0, maxShownProblems)
  const diagnostics = shown.map(({ start, end, severity, message }): Diagnostic => {
    const from = toOffset(text, start)
    return { from: place(from), to: place(Math.max(from, toOffset(text, end))), severity, message }
  })
  const worst = new Map<number, Severity>()
  for (const { from, severity } of diagnostics) {
    const line = view.state.doc.lineAt(from).from
    const known = worst.get(line)
    const isKnownSeverity = severity as Severity
    if (!known || severityRank[isKnownSeverity] < severityRank[known]) worst.set(line, isKnownSeverity)
  }
  const markers = RangeSet.of(
    [...worst].map(([line, severity]) => problemMarkers[severity].range(line)),
    true,
  )
  view.dispatch(setDiagnostics(view.state, diagnostics), { effects: setProblemMarkers.of(markers) })
}

export function showChanges(
  view: EditorView,
  changes: ChangedLines[],
  text: Text,
  pending: ChangeDesc | undefined,
): void {
  const place = (offset: number) => pending?.mapPos(offset) ?? offset
  const bars = changes.map(({ firstLine, lastLine, kind }) => {
    const from = place(toOffset(text, { line: firstLine, character: 0 }))
    const to = place(toOffset(text, { line: lastLine, character: Infinity }))
    return changeBars[kind].range(from, Math.max(from, to))
  })
  view.dispatch({ effects: setChangeBars.of(RangeSet.of(bars, true)) })
}
