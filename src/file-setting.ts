import * as z from 'zod';

/**
 * A setting that is the path of a file; what it holds is read at once.
 *
 * @param read throws an Error that says what is wrong; its message becomes that of the setting.
 */
export function fileSetting<Content>(read: (path: string) => Content): z.ZodType<Content | null> {
  return z.string().transform((path, context) => {
    try {
      return read(path);
    } catch (error) {
      context.issues.push({ code: 'custom', message: String(error), input: path });
      return z.NEVER;
    }
  });
}
