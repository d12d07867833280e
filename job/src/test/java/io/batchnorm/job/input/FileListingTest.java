package io.batchnorm.job.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileListingTest {
  @TempDir Path root;

  @Test
  void ordersTheFilesOfAKeyByTheirPathsAsStrings() {
    FileTree tree =
        tree("k/b.npy", "k/a/z.npy", "k/a.npy", "k/a-1.npy", "k/10.npy", "k/9.npy", "k/Z.npy");

    assertThat(tree.listed())
        .containsExactly(
            "k/10.npy", "k/9.npy", "k/Z.npy", "k/a-1.npy", "k/a.npy", "k/a/z.npy", "k/b.npy");
  }

  @Test
  void namesAFileByItsKeyAndItsPathBelowItWithoutTheSuffix() {
    FileTree tree = tree("cam 1/2024/05/a.b.npy", "küche/ä.npy");

    assertThat(tree.references(null))
        .extracting(FileReference::key, FileReference::id, FileReference::path)
        .containsExactly(
            tuple("cam 1", "2024/05/a.b", root.resolve("cam 1/2024/05/a.b.npy").toString()),
            tuple("küche", "ä", root.resolve("küche/ä.npy").toString()));
  }

  @Test
  void finishesAKeyBeforeTheNext() {
    FileTree tree = tree("b/1.npy", "a/2.npy", "a-/1.npy", "a/1.npy");

    assertThat(tree.references(null))
        .extracting(FileReference::key)
        .containsExactly("a", "a", "a-", "b");
  }

  @Test
  void leavesOutHiddenFilesAndFoldersAndOtherSuffixes() {
    FileTree tree =
        tree(
            ".k/a.npy",
            "k/.a.npy",
            "k/.hidden/a.npy",
            "k/b/.c/a.npy",
            "k/.npy",
            "k/a.npy.tmp",
            "k/a.txt",
            "k/npy",
            ".top.npy",
            "k/good.npy");

    assertThat(tree.listed()).containsExactly("k/good.npy");
  }

  @Test
  void takesSuffixesInAnyCase() {
    assertThat(tree("k/a.NPY", "k/b.Npy", "k/c.JPG").listed())
        .containsExactly("k/a.NPY", "k/b.Npy", "k/c.JPG");
  }

  @Test
  void flagsTheLaterFilesOfAnIdWithinTheirKey() {
    FileTree tree = tree("k/a.jpg", "k/a.npy", "k/a.png", "k/A.png", "k/x/a.png", "l/a.png");

    assertThat(tree.references(null))
        .extracting(tree::pathOf, FileReference::duplicate)
        .containsExactly(
            tuple("k/A.png", false),
            tuple("k/a.jpg", false),
            tuple("k/a.npy", true),
            tuple("k/a.png", true),
            tuple("k/x/a.png", false),
            tuple("l/a.png", false));
  }

  @Test
  void listsFilesOutsideOfAnyKeyFirstAndWithoutOne() {
    FileTree tree = tree("a/1.npy", "z.npy", "b.npy");

    assertThat(tree.references(null))
        .extracting(FileReference::key, FileReference::id)
        .containsExactly(tuple("", "b"), tuple("", "z"), tuple("a", "1"));
  }

  @Test
  void goesOnBehindEveryFileWithExactlyTheRest() {
    FileTree tree =
        tree("t.npy", "u.npy", "a/1.jpg", "a/1.npy", "a/1/2.npy", "a/1-.npy", "b/1.npy", "c/1.npy");
    List<FileReference> all = tree.references(null);

    for (int i = 0; i < all.size(); i++) {
      String last = tree.pathOf(all.get(i));
      assertThat(tree.references(last)).as("behind " + last).isEqualTo(all.subList(i + 1, 8));
    }
  }

  @Test
  void tellsBehindWhichFileToGoOn() {
    FileListing listing = tree("a/1.npy", "b/1.npy").listing(null);

    assertThat(listing.last()).isNull();
    listing.next();
    assertThat(listing.last()).isEqualTo("a/1.npy");
    assertThat(listing.hasNext()).isTrue();
    assertThat(listing.last()).isEqualTo("a/1.npy");
    listing.next();
    assertThat(listing.last()).isEqualTo("b/1.npy");
    assertThat(tree().listing("b/1.npy").last()).isEqualTo("b/1.npy");
  }

  @Test
  void goesOnWithTheNextKeyWhereTheLastFileOrItsKeyIsGone() {
    FileTree tree = tree("a/1.npy", "c/1.npy", "c/3.npy", "d/1.npy");

    assertThat(tree.references("b/7.npy"))
        .extracting(tree::pathOf)
        .containsExactly("c/1.npy", "c/3.npy", "d/1.npy");
    assertThat(tree.references("c/2.npy"))
        .extracting(tree::pathOf)
        .containsExactly("c/3.npy", "d/1.npy");
    assertThat(tree.references("x/1.npy")).isEmpty();
    assertThat(tree.references("0.npy")).hasSize(4);
  }

  @Test
  void followsSymbolicLinksToKeysAndFiles(@TempDir Path elsewhere) throws Exception {
    new FileTree(elsewhere).with("folder/1.npy", "file.npy");
    Files.createDirectories(root.resolve("b"));
    Files.createSymbolicLink(root.resolve("a"), elsewhere.resolve("folder"));
    Files.createSymbolicLink(root.resolve("b/2.npy"), elsewhere.resolve("file.npy"));
    Files.createSymbolicLink(root.resolve("b/dangling.npy"), elsewhere.resolve("gone.npy"));

    assertThat(tree().listed())
        .as("a link that leads nowhere is listed, to be rejected")
        .containsExactly("a/1.npy", "b/2.npy", "b/dangling.npy");
  }

  @Test
  void takesABackslashAsPartOfAName() {
    FileTree tree = tree("k\\1/a\\b.npy");

    assertThat(tree.references(null))
        .extracting(
            FileReference::key, FileReference::id, file -> Files.exists(Path.of(file.path())))
        .containsExactly(tuple("k\\1", "a\\b", true));
  }

  @Test
  void listsALinkThatGoesRoundInCirclesOnceToBeRejected() throws Exception {
    tree("k/1.npy", "k/z/2.npy");
    Files.createSymbolicLink(root.resolve("k/again"), root.resolve("k"));

    assertThat(tree().references(null))
        .extracting(FileReference::id)
        .containsExactly("1", "again", "z/2");
  }

  @Test
  void refusesAFolderThatIsMissing() {
    assertThatThrownBy(() -> new FileTree(root.resolve("gone")).listed())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("gone");
  }

  @Test
  void endsWhereNothingIsLeft() {
    FileListing listing = tree().listing(null);

    assertThat(listing.hasNext()).isFalse();
    assertThatThrownBy(listing::next).isInstanceOf(NoSuchElementException.class);
  }

  private FileTree tree(String... paths) {
    return new FileTree(root).with(paths);
  }
}
