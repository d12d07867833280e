package io.batchnorm.job.stream;

import java.io.Serializable;

/**
 * How far a file was read, and enough of what it was to notice that it is another one now.
 *
 * @param file what the file system knows the file by, whatever its name; empty at the start
 * @param offset bytes before this were read
 * @param lines how many lines they were
 * @param skipping whether the offset lies within a line that is too long
 * @param check checksum of the last bytes before the offset, see {@link StatisticsTail}
 */
public record FilePosition(String file, long offset, long lines, boolean skipping, long check)
    implements Serializable {
  /** Before the first byte of any file. */
  public static final FilePosition START = new FilePosition("", 0, 0, false, 0);
}
