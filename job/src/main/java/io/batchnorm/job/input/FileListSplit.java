package io.batchnorm.job.input;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.source.lib.util.IteratorSourceSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * What is left of a folder's listing, or of one key's part of it.
 *
 * @param key the only key to list, empty for the files that belong to none, null for all of them
 * @param after the file listed last, null at the start
 */
record FileListSplit(String root, List<String> suffixes, String key, String after)
    implements IteratorSourceSplit<FileReference, FileListing> {

  @Override
  public String splitId() {
    return key == null ? root : root + "/" + key;
  }

  @Override
  public FileListing getIterator() {
    return new FileListing(Path.of(root), suffixes, key, after);
  }

  @Override
  public FileListSplit getUpdatedSplitForIterator(FileListing listing) {
    return new FileListSplit(root, suffixes, key, listing.last());
  }

  /**
   * Layout: root, number of suffixes, suffixes, whether a key follows, that key, whether a file
   * follows, that file; as UTF.
   */
  static final class Serializer implements SimpleVersionedSerializer<FileListSplit> {
    private static final int V1 = 1;

    @Override
    public int getVersion() {
      return V1;
    }

    @Override
    public byte[] serialize(FileListSplit split) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      write(split, out);
      return bytes.toByteArray();
    }

    static void write(FileListSplit split, DataOutputStream out) throws IOException {
      out.writeUTF(split.root());
      out.writeByte(split.suffixes().size());
      for (String suffix : split.suffixes()) {
        out.writeUTF(suffix);
      }
      writeOptional(split.key(), out);
      writeOptional(split.after(), out);
    }

    private static void writeOptional(String text, DataOutputStream out) throws IOException {
      out.writeBoolean(text != null);
      if (text != null) {
        out.writeUTF(text);
      }
    }

    @Override
    public FileListSplit deserialize(int version, byte[] bytes) throws IOException {
      checkVersion(version);
      return read(new DataInputStream(new ByteArrayInputStream(bytes)));
    }

    static FileListSplit read(DataInputStream in) throws IOException {
      String root = in.readUTF();
      int count = in.readUnsignedByte();
      List<String> suffixes = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        suffixes.add(in.readUTF());
      }
      return new FileListSplit(root, List.copyOf(suffixes), readOptional(in), readOptional(in));
    }

    private static String readOptional(DataInputStream in) throws IOException {
      return in.readBoolean() ? in.readUTF() : null;
    }

    static void checkVersion(int version) throws IOException {
      if (version != V1) {
        throw new IOException("state of a file list has version %d, wanted 1".formatted(version));
      }
    }
  }

  /** Splits that no reader has yet: their number, then each. */
  static final class ListSerializer
      implements SimpleVersionedSerializer<Collection<FileListSplit>> {
    @Override
    public int getVersion() {
      return Serializer.V1;
    }

    @Override
    public byte[] serialize(Collection<FileListSplit> splits) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeInt(splits.size());
      for (FileListSplit split : splits) {
        Serializer.write(split, out);
      }
      return bytes.toByteArray();
    }

    @Override
    public Collection<FileListSplit> deserialize(int version, byte[] bytes) throws IOException {
      Serializer.checkVersion(version);
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
      int count = in.readInt();
      List<FileListSplit> splits = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        splits.add(Serializer.read(in));
      }
      return splits;
    }
  }
}
