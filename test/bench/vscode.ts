// The few classes of VS Code that rows are made of, for a process that is no editor.
export class TreeItem {
  constructor(
    public label: string,
    public collapsibleState = 0,
  ) {}
}

export class ThemeIcon {
  static readonly File = new ThemeIcon('file')
  static readonly Folder = new ThemeIcon('folder')
  constructor(
    readonly id: string,
    readonly color?: ThemeColor,
  ) {}
}

export class ThemeColor {
  constructor(readonly id: string) {}
}

export class MarkdownString {
  constructor(readonly value: string) {}
}

export class FileDecoration {}

export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 }
export const Uri = { from: (parts: object) => ({ ...parts }) }
export const l10n = {
  t: (text: string, values: Record<string, unknown> = {}) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name])),
}
