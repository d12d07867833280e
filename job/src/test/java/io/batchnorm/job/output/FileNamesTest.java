package io.batchnorm.job.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileNamesTest {
  private static final Path FOLDER = Path.of("/out");
  private static final List<String> PIECES =
      List.of("", ".", "..", "/", "\\", "%", "%2", "2", "F", "2F", "%2F", "%00", "\0", "a", "\n");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cam1", "cam 1", "küche", "a.b", ".hidden", "...", "100%", "a%b", "%zz", "*", "50%-2F", "😀"
      })
  void leavesPlainNamesAsTheyAre(String name) {
    assertThat(FileNames.of(FOLDER, name, name, ".npy"))
        .isEqualTo(FOLDER.resolve(name).resolve(name + ".npy"));
  }

  @Test
  void makesFoldersOfTheSlashesInAnId() {
    assertThat(FileNames.of(FOLDER, "k", "2024/05/a", ".npy"))
        .isEqualTo(Path.of("/out/k/2024/05/a.npy"));
  }

  @ParameterizedTest
  @CsvSource({
    "., %2E",
    ".., %2E%2E",
    "../x, ..%2Fx",
    "../../etc/passwd, ..%2F..%2Fetc%2Fpasswd",
    "/etc, %2Fetc",
    "a/b, a%2Fb",
    "a\\b, a%5Cb",
    "%2F, %252F",
    "'', %20"
  })
  void escapesWhatCouldLeadElsewhereOrBeTakenForAnEscape(String key, String folder) {
    assertThat(FileNames.of(FOLDER, key, "x", ".npy")).hasToString("/out/" + folder + "/x.npy");
  }

  @ParameterizedTest
  @CsvSource({
    "'..', /out/k/%2E%2E.npy",
    "'../../x', /out/k/%2E%2E/%2E%2E/x.npy",
    "'/etc/x', /out/k/%20/etc/x.npy",
    "'a//b/', /out/k/a/%20/b/%20.npy"
  })
  void escapesThePartsOfAnId(String id, String file) {
    assertThat(FileNames.of(FOLDER, "k", id, ".npy")).hasToString(file);
  }

  @Test
  void escapesControlCharacters() {
    assertThat(FileNames.of(FOLDER, "a\0b\nc\u001b\u007f", "x", ".npy"))
        .hasToString("/out/a%00b%0Ac%1B%7F/x.npy");
  }

  @Test
  void cutsNamesThatNoFileSystemTakesAndStillTellsThemApart(@TempDir Path folder) throws Exception {
    String longest = "ü".repeat(120);
    List<String> tooLong =
        List.of(longest + "a", longest + "b", "😀".repeat(500), "..".repeat(300));

    assertThat(FileNames.of(folder, longest, longest, ".npy"))
        .isEqualTo(folder.resolve(longest).resolve(longest + ".npy"));
    for (String name : tooLong) {
      Path file = FileNames.of(folder, name, name, ".npy");
      Files.createDirectories(file.getParent());
      Files.createFile(file);
      assertThat(file.getParent().getFileName().toString())
          .startsWith(name.substring(0, 40))
          .containsPattern("%7E[0-9a-f]{64}$");
    }
    assertThat(tooLong.stream().map(name -> FileNames.of(folder, name, "x", ".npy")).distinct())
        .hasSize(4);
  }

  @Test
  void staysBelowItsFolderAndTellsAllNamesApart() {
    Map<Path, String> names = new HashMap<>();
    Random random = new Random(5);

    for (int i = 0; i < 200_000; i++) {
      String key = hostile(random);
      String id = hostile(random);
      Path file = FileNames.of(FOLDER, key, id, ".npy");
      assertThat(file.normalize()).isEqualTo(file);
      assertThat(file.startsWith(FOLDER)).isTrue();
      assertThat(file.getNameCount()).isEqualTo(3 + id.split("/", -1).length - 1);
      String name = key + "\uFFFF" + id;
      assertThat(names.getOrDefault(file, name)).isEqualTo(name);
      names.put(file, name);
    }
    assertThat(names).hasSizeGreaterThan(50_000);
  }

  private static String hostile(Random random) {
    StringBuilder name = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      name.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return name.toString();
  }
}
