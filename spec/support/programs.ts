import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

/** A server that runs in a process of its own. */
export interface Program {
  /** The address that it has printed. */
  readonly url: string;
  /** Everything that it has printed. */
  readonly output: () => string;
  /** Sends a signal, and resolves to the exit status; null if the signal ended the process. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * Returns a function that starts a TypeScript file as a process of its own, and resolves when it has printed an address.
 * The processes are ended after the tests of a file.
 */
export function usePrograms(): (file: string, env?: NodeJS.ProcessEnv) => Promise<Program> {
  const programs: Program[] = [];
  afterAll(async () => {
    await Promise.all(programs.splice(0).map((program) => program.stop('SIGKILL')));
  });
  return async (file, env = {}) => {
    const program = await start(file, env);
    programs.push(program);
    return program;
  };
}

async function start(file: string, env: NodeJS.ProcessEnv): Promise<Program> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ANTHROPIC_.*|FORCE_COLOR|NO_COLOR)$/.test(name));
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', file], {
    cwd: root,
    env: { ...Object.fromEntries(inherited), PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (text: string): void => {
      output += text;
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
      if (address !== undefined) resolve(address);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.on('error', reject);
    child.on('close', () => {
      reject(new Error(`${file} ended before it had printed an address:\n${output}`));
    });
  });
  return {
    url,
    output: () => output,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      await closed;
      return child.exitCode;
    },
  };
}
