package io.batchnorm.job.stream;

import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.RejectedRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/**
 * The end of a file of statistics that somebody else appends to. The file is opened for each look
 * and not held between them.
 *
 * <p>Neither its length nor its inode tells reliably that a file is another one: it may have been
 * cut and have grown again, and file systems give the inode of a deleted file to the next. So a
 * checksum of the last {@value #CHECKED_BYTES} bytes that were read is kept and compared.
 */
final class StatisticsTail {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int CHECKED_BYTES = 256;

  private final Path file;
  private final int maxLineBytes;
  private Seen unfinished;

  /**
   * @param maxLineBytes lines above this are rejected
   */
  StatisticsTail(Path file, int maxLineBytes) {
    this.file = file;
    this.maxLineBytes = maxLineBytes;
  }

  /**
   * What one look at the file found.
   *
   * @param newest by key
   * @param end behind the last complete line
   */
  record Look(Map<String, KeyStatistics> newest, FilePosition end) {}

  /** A file that ended within a line; as long as nothing changes, there is no use in reading it. */
  private record Seen(String file, long size, FileTime modified, FilePosition end) {}

  /**
   * Reads all that came behind {@code from}, or the whole file if it is another one now. A file
   * that is not there has nothing new.
   *
   * @param last whether an unfinished line at the end counts too, because nobody will look again
   * @throws IOException if the file cannot be read at this moment
   */
  Look look(FilePosition from, boolean last, Consumer<RejectedRecord> rejected) throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        throw new IOException("%s is no regular file".formatted(file));
      }
      Seen seen = seen(attributes, from);
      if (!last && seen.equals(unfinished)) {
        return new Look(Map.of(), from);
      }
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        Look look = read(channel, seen.file(), from, last, rejected);
        unfinished = seen(attributes, look.end());
        return look;
      }
    } catch (NoSuchFileException e) {
      return new Look(Map.of(), from);
    }
  }

  private static Seen seen(BasicFileAttributes attributes, FilePosition end) {
    String file = String.valueOf(attributes.fileKey());
    return new Seen(file, attributes.size(), attributes.lastModifiedTime(), end);
  }

  private Look read(
      FileChannel channel,
      String name,
      FilePosition from,
      boolean last,
      Consumer<RejectedRecord> rejected)
      throws IOException {
    long size = channel.size();
    FilePosition start = goesOn(channel, name, size, from) ? from : FilePosition.START;
    StatisticsLines lines = new StatisticsLines(file, start, maxLineBytes, rejected);
    ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, size - start.offset()));
    long at = start.offset();
    while (at < size && channel.read(chunk.clear(), at) > 0) {
      lines.add(chunk.array(), chunk.position());
      at += chunk.position();
    }
    if (last) {
      lines.end();
    }
    FilePosition end =
        new FilePosition(
            name,
            lines.offset(),
            lines.number(),
            lines.isSkipping(),
            check(channel, lines.offset()));
    return new Look(lines.newest(), end);
  }

  private static boolean goesOn(FileChannel channel, String name, long size, FilePosition from)
      throws IOException {
    return from.offset() == 0
        || (name.equals(from.file())
            && size >= from.offset()
            && check(channel, from.offset()) == from.check());
  }

  private static long check(FileChannel channel, long offset) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(CHECKED_BYTES, offset));
    long start = offset - bytes.capacity();
    int read = 1;
    while (bytes.hasRemaining() && read > 0) {
      read = channel.read(bytes, start + bytes.position());
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes.flip());
    return crc.getValue();
  }
}
