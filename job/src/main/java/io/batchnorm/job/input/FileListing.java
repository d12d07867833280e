package io.batchnorm.job.input;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The files {@code DIR/KEY/**} of some suffixes: key by key, and within a key in the order of their
 * paths as strings. Hidden files and folders are left out. Holds the names of one key at a time.
 */
final class FileListing implements Iterator<FileReference> {
  private final Path root;
  private final List<String> suffixes;
  private final Iterator<String> keys;
  private final Set<String> ids = new HashSet<>();
  private final String after;
  private String key = "";
  private Iterator<String> names = Collections.emptyIterator();
  private String last;

  /** All keys, from the first file on. */
  FileListing(Path root, List<String> suffixes) {
    this(root, suffixes, null, null);
  }

  /**
   * @param suffixes in lower case, with the dot
   * @param onlyKey the key to list, empty for the files that belong to none, null for all of them
   * @param after the path below {@code root} of the last file not to be listed again, or null
   */
  FileListing(Path root, List<String> suffixes, String onlyKey, String after) {
    this.root = root;
    this.suffixes = suffixes;
    this.after = after;
    this.last = after;
    this.keys = keysFrom(onlyKey, after == null ? "" : keyOf(after)).iterator();
    this.names = topLevelFiles(onlyKey).iterator();
    skipListed();
  }

  /** The names of all keys, in order. */
  static List<String> keys(Path root) {
    return children(root).stream()
        .filter(Files::isDirectory)
        .map(path -> path.getFileName().toString())
        .sorted()
        .toList();
  }

  private static String keyOf(String path) {
    int slash = path.indexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  private List<String> keysFrom(String onlyKey, String first) {
    if (onlyKey == null) {
      return keys(root).stream().filter(name -> name.compareTo(first) >= 0).toList();
    }
    boolean gone = onlyKey.isEmpty() || !Files.isDirectory(root.resolve(onlyKey));
    return gone ? List.of() : List.of(onlyKey);
  }

  /** Files that belong to no key; they are rejected, not forgotten. */
  private List<String> topLevelFiles(String onlyKey) {
    boolean others = onlyKey != null && !onlyKey.isEmpty();
    if (others || (after != null && after.indexOf('/') >= 0)) {
      return List.of();
    }
    return children(root).stream()
        .filter(path -> !Files.isDirectory(path))
        .map(path -> path.getFileName().toString())
        .filter(this::isWanted)
        .sorted()
        .toList();
  }

  private static List<Path> children(Path folder) {
    try (Stream<Path> children = Files.list(folder)) {
      return children.filter(path -> !isHidden(path.getFileName().toString())).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isHidden(String name) {
    return name.startsWith(".");
  }

  private boolean isWanted(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return suffixes.stream().anyMatch(lower::endsWith);
  }

  /** Goes to the file behind {@code after}; earlier ids of its key still count as taken. */
  private void skipListed() {
    if (after == null) {
      return;
    }
    String afterKey = keyOf(after);
    if (!afterKey.isEmpty()) {
      nextKey();
    }
    if (!key.equals(afterKey)) {
      return;
    }
    List<String> rest = new ArrayList<>();
    while (names.hasNext()) {
      String name = names.next();
      if (pathOf(name).compareTo(after) > 0) {
        rest.add(name);
      } else {
        ids.add(withoutSuffix(name));
      }
    }
    names = rest.iterator();
  }

  private String pathOf(String name) {
    return key.isEmpty() ? name : key + "/" + name;
  }

  @Override
  public boolean hasNext() {
    while (!names.hasNext() && keys.hasNext()) {
      nextKey();
    }
    return names.hasNext();
  }

  private void nextKey() {
    if (!keys.hasNext()) {
      return;
    }
    key = keys.next();
    ids.clear();
    names = namesBelow(root.resolve(key)).iterator();
  }

  private List<String> namesBelow(Path folder) {
    List<String> found = new ArrayList<>();
    SimpleFileVisitor<Path> visitor =
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = nameBelow(folder, file);
            if (isWanted(name) && !hasHiddenPart(name)) {
              found.add(name);
            }
            return FileVisitResult.CONTINUE;
          }

          /** A folder without access, or a link in a circle: listed, to be rejected. */
          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            String name = nameBelow(folder, file);
            if (!hasHiddenPart(name)) {
              found.add(name);
            }
            return FileVisitResult.CONTINUE;
          }
        };
    try {
      Files.walkFileTree(
          folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, visitor);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Collections.sort(found);
    return found;
  }

  private static String nameBelow(Path folder, Path file) {
    return folder.relativize(file).toString().replace(File.separatorChar, '/');
  }

  private static boolean hasHiddenPart(String name) {
    return isHidden(name) || name.contains("/.");
  }

  @Override
  public FileReference next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    String name = names.next();
    last = pathOf(name);
    String id = withoutSuffix(name);
    return new FileReference(key, id, root.resolve(last).toString(), !ids.add(id));
  }

  private static String withoutSuffix(String name) {
    int dot = name.lastIndexOf('.');
    return dot < 0 ? name : name.substring(0, dot);
  }

  /** The path below the root of the file listed last, null before the first. */
  String last() {
    return last;
  }
}
