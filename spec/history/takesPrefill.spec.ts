import { takesPrefill } from '../../src/history/takesPrefill.js';

describe('takesPrefill', () => {
  it.each([
    'claude-instant-1.2',
    'claude-v1.3',
    'claude-2.1',
    'claude-3-opus-20240229',
    'claude-3-5-sonnet-20241022',
    'claude-3-7-sonnet-latest',
    'claude-sonnet-4-20250514',
    'claude-opus-4-0',
    'claude-opus-4-1-20250805',
    'claude-sonnet-4-5',
    'claude-opus-4-5',
    'claude-opus-4-5-20251101',
    'claude-haiku-4-5-20251001',
    'anthropic.claude-v2:1',
    'anthropic.claude-instant-v1',
    'anthropic.claude-opus-4-20250514-v1:0',
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-7-sonnet-20250219-v1:0',
    'claude-3-5-sonnet-v2@20241022',
    'claude-sonnet-4@20250514',
    'claude-sonnet-4-5@20250929',
    'anthropic/claude-3.5-haiku',
    'anthropic/claude-sonnet-4.5',
    'databricks-claude-sonnet-4',
    'Claude-Opus-4-1',
  ])('is true for %s', (model) => {
    expect(takesPrefill(model)).toBe(true);
  });

  it.each([
    'claude-opus-4-6',
    'claude-sonnet-4-6-20260217',
    'claude-opus-4-8',
    'claude-opus-4-10',
    'claude-opus-5',
    'claude-opus-5-5',
    'claude-sonnet-5-20260901',
    'claude-haiku-5-5',
    'claude-fable-5-2',
    'claude-opus-10-1',
    'claude-opus-45',
    'us.anthropic.claude-opus-4-6-v1',
    'anthropic.claude-opus-5-5-v1:0',
    'claude-opus-4-6@20260205',
    'anthropic/claude-opus-4.6',
  ])('is false for %s', (model) => {
    expect(takesPrefill(model)).toBe(false);
  });

  it.each([
    '',
    'claude',
    'claude-latest',
    'claude-mythos-preview',
    'claude-20250514',
    'my-model-3',
    'notclaude-3',
    'gpt-4',
  ])('is false for a name that it does not understand: "%s"', (model) => {
    expect(takesPrefill(model)).toBe(false);
  });
});
