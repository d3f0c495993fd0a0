/** Ends the program quietly when the reader of its output has enough, as `npm run example -- text | head -c 10` does. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
