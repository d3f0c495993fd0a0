import type { IconName } from '../ui/icon';

interface ToolForm {
  readonly title: string;
  /** What a person is asked to approve. */
  readonly question: string;
  readonly icon: IconName;
  /** The labels of the fields, in order. */
  readonly fields: Readonly<Record<string, string>>;
}

const FORMS: Readonly<Record<string, ToolForm>> = {
  find_tables: {
    title: 'Find a table',
    question: 'May I look for a table?',
    icon: 'search',
    fields: { city: 'City', date: 'Date', guests: 'Guests' },
  },
  book_table: {
    title: 'Book a table',
    question: 'Shall I book this table?',
    icon: 'calendar',
    fields: { restaurant: 'Restaurant', date: 'Date', time: 'Time', guests: 'Guests', name: 'Name', notes: 'Notes' },
  },
};

/** Returns how a tool is shown. A tool that is not known has the fields that the model writes. */
export function formOf(tool: string): ToolForm {
  return FORMS[tool] ?? { title: tool, question: `May I run ${tool}?`, icon: 'tool', fields: {} };
}

export interface Field {
  readonly key: string;
  readonly label: string;
  readonly value: string;
  /** Whether the value needs the width of the card. */
  readonly isWide: boolean;
}

/** Returns the fields of a tool's form, with as much of the input as has arrived. */
export function fieldsOf(tool: string, input: unknown): readonly Field[] {
  const values: Readonly<Record<string, unknown>> = typeof input === 'object' && input !== null ? { ...input } : {};
  const { fields } = formOf(tool);
  const keys = [...new Set([...Object.keys(fields), ...Object.keys(values)])];
  return keys.map((key) => {
    const value = textOf(values[key]);
    return { key, label: fields[key] ?? key, value, isWide: key === 'notes' || value.length > 40 };
  });
}

/** A value as text: JSON, if it is not a text already. */
export function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
}
