package io.batchnorm.job.output;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of files from keys and ids, which come from outside: whatever they hold, the file lies
 * below its folder, and different names stay different. A slash in a key, a part of only dots, a
 * control character, and a {@code %} that could be taken for one of these is written as {@code %}
 * and two hexadecimal digits. A name too long for a file system is cut and ends in a digest.
 */
final class FileNames {
  private static final Pattern UNSAFE =
      Pattern.compile("[\\x00-\\x1f\\x7f/\\\\]|%(?=[0-9A-Fa-f]{2})|^\\.(?=\\.?$)|(?<=^\\.)\\.$");

  /** No other part is written like this, for a plain blank stays one. */
  private static final String NOTHING = "%20";

  /** Stands where a name was cut; a plain tilde stays one. */
  private static final String CUT = "%7E";

  /** File systems take 255, and the suffix comes behind. */
  private static final int MAX_BYTES = 240;

  private static final int KEPT_CHARACTERS = 40;

  private FileNames() {}

  /** {@code DIR/KEY/<id><suffix>}; slashes in an id are folders. */
  static Path of(Path directory, String key, String id, String suffix) {
    Path folder = directory.resolve(safe(key));
    String[] parts = id.split("/", -1);
    for (int i = 0; i < parts.length - 1; i++) {
      folder = folder.resolve(safe(parts[i]));
    }
    return folder.resolve(safe(parts[parts.length - 1]) + suffix);
  }

  private static String safe(String part) {
    if (part.isEmpty()) {
      return NOTHING;
    }
    Matcher unsafe = UNSAFE.matcher(part);
    return shortened(unsafe.replaceAll(found -> "%%%02X".formatted((int) found.group().charAt(0))));
  }

  private static String shortened(String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    if (utf8.length <= MAX_BYTES) {
      return name;
    }
    String start = name.substring(0, name.offsetByCodePoints(0, KEPT_CHARACTERS));
    return start + CUT + HexFormat.of().formatHex(sha256(utf8));
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
