import OcelliTools
import Testing

struct SpreadTests {
  @Test func `quartiles are those of NumPy's percentile`() throws {
    let spread = try #require(Spread([4, 1, 3, 2]))
    #expect(spread.minimum == 1)
    #expect(spread.lowerQuartile == 1.75)
    #expect(spread.median == 2.5)
    #expect(spread.upperQuartile == 3.25)
  }

  @Test func `one time is all of them, and none gives nothing`() throws {
    let spread = try #require(Spread([7]))
    #expect(
      [spread.minimum, spread.lowerQuartile, spread.median, spread.upperQuartile]
        == [7, 7, 7, 7])
    #expect(Spread([]) == nil)
  }
}

struct FileNameTests {
  @Test func `names of outputs become names of files, and no two are alike`() {
    #expect(
      ModelRun.fileNames(["out/put:0", "out_put:0", "", "..", "-rf", "größe", "a.b-c_1", "../../x"])
        == [
          "out_put_0", "out_put_0_2", "output", "output..", "output-rf", "gr__e", "a.b-c_1",
          "output.._.._x",
        ])
  }

  @Test func `a name is never longer than a file system takes`() {
    let names = ModelRun.fileNames([String(repeating: "n", count: 10_000)])
    #expect(names[0].utf8.count <= 200)
  }
}

struct TableTests {
  @Test func `columns line up, and no line ends in blanks`() {
    var table = Table()
    table.add("a", "long one", "x")
    table.add("bbb", "c", "yy")
    #expect(table.text == "a    long one  x\nbbb  c         yy\n")
  }

  @Test func `numbers are rounded, and what is no number is said so`() {
    #expect(Decimal.text(1.25, places: 1) == "1.3")
    #expect(Decimal.text(0.05, places: 2) == "0.05")
    #expect(Decimal.text(-0.001, places: 2) == "0.00")
    #expect(Decimal.text(12.5, places: 0) == "13")
    #expect(Decimal.text(.nan, places: 1) == "?")
    #expect(Decimal.text(.infinity, places: 1) == "?")
  }
}
