// The editor in VS Code's colours. Token colours are not told to webviews; those of the debugger's values are the nearest.
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

const color = (name: string, fallback: string) => `var(--vscode-${name}, ${fallback})`

const squiggle = (name: string, fallback: string) => ({
  // The library's own picture would need a policy that lets in data: images.
  backgroundImage: 'none',
  paddingBottom: '0',
  textDecoration: `underline wavy ${color(name, fallback)} 1px`,
  textUnderlineOffset: '2px',
  textDecorationSkipInk: 'none',
})

const look = EditorView.theme({
  '&': {
    height: '100%',
    color: color('editor-foreground', 'inherit'),
    backgroundColor: color('editor-background', 'transparent'),
    fontSize: color('editor-font-size', '13px'),
  },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': {
    fontFamily: color('editor-font-family', 'monospace'),
    fontWeight: color('editor-font-weight', 'normal'),
    lineHeight: '1.45',
  },
  '.cm-content': { caretColor: color('editorCursor-foreground', 'currentColor'), padding: '4px 0' },
  '.cm-line': { padding: '0 8px 0 4px' },
  '.cm-cursor, .cm-dropCursor': {
    borderLeftColor: color('editorCursor-foreground', 'currentColor'),
    borderLeftWidth: '2px',
  },
  '.cm-selectionBackground': { background: color('editor-inactiveSelectionBackground', '#8884') },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    background: color('editor-selectionBackground', '#8886'),
  },
  '.cm-activeLine': {
    backgroundColor: color('editor-lineHighlightBackground', 'transparent'),
    outline: `1px solid ${color('editor-lineHighlightBorder', 'transparent')}`,
    outlineOffset: '-1px',
  },
  '.cm-selectionMatch': { backgroundColor: color('editor-selectionHighlightBackground', '#8883') },
  '.cm-searchMatch': {
    backgroundColor: color('editor-findMatchHighlightBackground', '#ea5c0055'),
    outline: `1px solid ${color('editor-findMatchHighlightBorder', 'transparent')}`,
  },
  '.cm-searchMatch.cm-searchMatch-selected': {
    backgroundColor: color('editor-findMatchBackground', '#a8ac94'),
    outline: `1px solid ${color('editor-findMatchBorder', 'transparent')}`,
  },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: color('editorBracketMatch-background', '#0064001a'),
    outline: `1px solid ${color('editorBracketMatch-border', '#888')}`,
  },
  '&.cm-focused .cm-nonmatchingBracket': {
    backgroundColor: 'transparent',
    color: color('errorForeground', '#f14c4c'),
  },
  '.cm-specialChar': { color: color('editorError-foreground', '#f14c4c') },

  '.cm-gutters': {
    color: color('editorLineNumber-foreground', '#858585'),
    backgroundColor: color('editorGutter-background', 'transparent'),
    border: 'none',
  },
  '.cm-activeLineGutter': {
    color: color('editorLineNumber-activeForeground', 'inherit'),
    backgroundColor: 'transparent',
  },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 8px 0 2px', minWidth: '2.2em' },
  '.cm-problemGutter .cm-gutterElement': { width: '18px', padding: '1px 0 0 3px', boxSizing: 'border-box' },
  '.cm-changeGutter .cm-gutterElement': { width: '3px' },
  '.cm-changeBar-added': { backgroundColor: color('editorGutter-addedBackground', '#2ea043') },
  '.cm-changeBar-changed': { backgroundColor: color('editorGutter-modifiedBackground', '#0078d4') },
  '.cm-foldGutter .cm-gutterElement': {
    width: '16px',
    textAlign: 'center',
    cursor: 'pointer',
    color: color('editorGutter-foldingControlForeground', 'inherit'),
  },
  '.cm-foldPlaceholder': {
    padding: '0 4px',
    color: color('editor-foreground', 'inherit'),
    backgroundColor: color('editor-foldBackground', '#8882'),
    border: `1px solid ${color('contrastBorder', 'transparent')}`,
  },

  '.cm-lintRange-error': squiggle('editorError-foreground', '#f14c4c'),
  '.cm-lintRange-warning': squiggle('editorWarning-foreground', '#cca700'),
  '.cm-lintRange-info': squiggle('editorInfo-foreground', '#3794ff'),
  '.cm-lintPoint:after': { borderBottomColor: color('editorError-foreground', '#f14c4c') },
  '.cm-lintPoint-warning:after': { borderBottomColor: color('editorWarning-foreground', '#cca700') },
  '.cm-lintPoint-info:after': { borderBottomColor: color('editorInfo-foreground', '#3794ff') },

  '.cm-tooltip': {
    maxWidth: 'min(480px, 90vw)',
    color: color('editorHoverWidget-foreground', 'inherit'),
    backgroundColor: color('editorHoverWidget-background', '#252526'),
    border: `1px solid ${color('editorHoverWidget-border', '#454545')}`,
    borderRadius: '3px',
    fontFamily: color('font-family', 'sans-serif'),
    fontSize: color('font-size', '13px'),
  },
  '.cm-diagnostic': { padding: '4px 8px', border: 'none', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },

  '.cm-panels': {
    color: color('editorWidget-foreground', 'inherit'),
    backgroundColor: color('editorWidget-background', '#252526'),
    fontFamily: color('font-family', 'sans-serif'),
    fontSize: color('font-size', '13px'),
  },
  '.cm-panels.cm-panels-top': { borderBottom: `1px solid ${color('editorWidget-border', '#8885')}` },
  '.cm-panels.cm-panels-bottom': { borderTop: `1px solid ${color('editorWidget-border', '#8885')}` },
  '.cm-panel.cm-search, .cm-dialog': { padding: '6px 28px 6px 8px', fontSize: 'inherit' },
  '.cm-panel.cm-search label, .cm-dialog label': { fontSize: 'inherit' },
  '.cm-panel .cm-textfield': {
    padding: '3px 6px',
    fontSize: 'inherit',
    color: color('input-foreground', 'inherit'),
    backgroundColor: color('input-background', 'transparent'),
    border: `1px solid ${color('input-border', 'transparent')}`,
    borderRadius: '2px',
  },
  '.cm-panel .cm-button': {
    padding: '3px 8px',
    fontSize: 'inherit',
    color: color('button-secondaryForeground', 'inherit'),
    background: color('button-secondaryBackground', 'transparent'),
    border: `1px solid ${color('button-border', 'transparent')}`,
    borderRadius: '2px',
  },
  '.cm-panel .cm-button:hover': { background: color('button-secondaryHoverBackground', 'transparent') },
  '.cm-panel.cm-search [name=close], .cm-dialog-close': {
    top: '4px',
    right: '6px',
    width: '20px',
    height: '20px',
    fontSize: '16px',
    color: 'inherit',
    cursor: 'pointer',
  },
  '.cm-panel :focus-visible': { outline: `1px solid ${color('focusBorder', '#0078d4')}`, outlineOffset: '-1px' },
})

const tokens = HighlightStyle.define([
  { tag: tags.propertyName, color: color('symbolIcon-variableForeground', 'inherit') },
  { tag: tags.string, color: color('debugTokenExpression-string', 'inherit') },
  { tag: tags.number, color: color('debugTokenExpression-number', 'inherit') },
  { tag: [tags.bool, tags.null], color: color('debugTokenExpression-boolean', 'inherit') },
])

export const theme: Extension = [look, syntaxHighlighting(tokens)]
