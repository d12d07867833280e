package io.batchnorm.job.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileListSplitTest {
  private static final FileListSplit FRESH =
      new FileListSplit("/data/küche", List.of(".png", ".jpg"), null, null);
  private static final FileListSplit STARTED =
      new FileListSplit("/data/küche", List.of(".npy"), "ключ", "ключ/😀 1.npy");

  private final FileListSplit.Serializer serializer = new FileListSplit.Serializer();
  private final FileListSplit.ListSerializer listSerializer = new FileListSplit.ListSerializer();

  @Test
  void comesBackFromItsBytes() throws Exception {
    for (FileListSplit split : List.of(FRESH, STARTED)) {
      byte[] bytes = serializer.serialize(split);

      assertThat(serializer.deserialize(serializer.getVersion(), bytes)).isEqualTo(split);
    }
  }

  @Test
  void severalComeBackFromTheirBytes() throws Exception {
    for (List<FileListSplit> splits : List.of(List.<FileListSplit>of(), List.of(STARTED, FRESH))) {
      byte[] bytes = listSerializer.serialize(splits);

      assertThat(listSerializer.deserialize(listSerializer.getVersion(), bytes))
          .containsExactlyElementsOf(splits);
    }
  }

  @Test
  void refusesBytesOfAnotherVersion() throws Exception {
    byte[] bytes = serializer.serialize(FRESH);

    assertThatThrownBy(() -> serializer.deserialize(2, bytes))
        .isInstanceOf(IOException.class)
        .hasMessage("state of a file list has version 2, wanted 1");
    assertThatThrownBy(() -> listSerializer.deserialize(0, bytes))
        .hasMessage("state of a file list has version 0, wanted 1");
  }

  @Test
  void goesOnBehindTheFileThatItsListingGaveLast(@TempDir Path root) {
    FileTree tree = new FileTree(root).with("a/1.npy", "a/2.npy", "b/1.npy");
    FileListSplit split = new FileListSplit(root.toString(), List.of(".npy"), null, null);
    FileListing listing = split.getIterator();
    listing.next();
    listing.next();

    FileListSplit rest = split.getUpdatedSplitForIterator(listing);

    assertThat(rest.splitId()).isEqualTo(split.splitId());
    assertThat(rest.after()).isEqualTo("a/2.npy");
    assertThat(tree.pathOf(rest.getIterator().next())).isEqualTo("b/1.npy");
  }

  @Test
  void listsOneKeyAloneOrTheFilesOfNone(@TempDir Path root) {
    FileTree tree = new FileTree(root).with("0.npy", "a/1.npy", "b/1.npy", "b/2.npy", "c/1.npy");
    FileListSplit b = new FileListSplit(root.toString(), List.of(".npy"), "b", null);
    FileListing listing = b.getIterator();

    assertThat(tree.pathOf(listing.next())).isEqualTo("b/1.npy");
    FileListSplit rest = b.getUpdatedSplitForIterator(listing);
    assertThat(tree.pathOf(rest.getIterator().next())).isEqualTo("b/2.npy");
    assertThat(paths(tree, b)).containsExactly("b/1.npy", "b/2.npy");
    assertThat(paths(tree, rest)).containsExactly("b/2.npy");
    FileListSplit none = new FileListSplit(root.toString(), List.of(".npy"), "", null);
    assertThat(paths(tree, none)).containsExactly("0.npy");
    FileListSplit gone = new FileListSplit(root.toString(), List.of(".npy"), "gone", null);
    assertThat(paths(tree, gone)).isEmpty();
    assertThat(List.of(b.splitId(), none.splitId(), gone.splitId())).doesNotHaveDuplicates();
  }

  private static List<String> paths(FileTree tree, FileListSplit split) {
    List<String> paths = new ArrayList<>();
    split.getIterator().forEachRemaining(file -> paths.add(tree.pathOf(file)));
    return paths;
  }

  @Test
  void staysAtTheStartWhereNothingWasListed(@TempDir Path root) {
    FileListSplit split = new FileListSplit(root.toString(), List.of(".npy"), null, null);

    assertThat(split.getUpdatedSplitForIterator(split.getIterator())).isEqualTo(split);
  }
}
