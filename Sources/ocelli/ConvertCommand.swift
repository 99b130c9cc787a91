internal import ArgumentParser
import OcelliTools

/// `ocelli convert`.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Writes the findings of an analysis as COCO, MOTChallenge or CSV.",
    discussion: """
      LINES are files that 'ocelli analyze' wrote, folders with such files (.jsonl), or '-' for \
      stdin. Several are taken as one. Streams are kept apart by 'videos' in COCO, by a column in \
      CSV, and by a file each in MOTChallenge (-o FOLDER/).

      coco          a dataset: images, annotations with a score, categories, videos
      coco-results  the list that COCO's evaluation takes, with the image ids of 'coco'
      mot           frame,id,left,top,width,height,confidence,-1,-1,-1; from 1; id -1: not tracked
      csv           a row a finding, after RFC 4180

      Lines of unknown type are skipped and counted, a last line that is cut off is left out; any \
      other bad line is an error with its number. A file appears when it is whole. docs/files.md \
      describes every field.

      EXAMPLES
        ocelli convert clip.jsonl --to coco -o clip.json
        ocelli convert lines/ --to mot --classes person -o tracks/
        ocelli analyze clip.mp4 | ocelli convert - --to csv > clip.csv
      """)

  @Argument(help: ArgumentHelp("What was analysed.", valueName: "lines"))
  var lines: [String]

  @Option(name: .customLong("to"), help: ArgumentHelp("The format.", valueName: "format"))
  var format: FindingsFormat

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "A file, '-' for stdout, or for mot a folder (FOLDER/).", valueName: "output"))
  var output: String = "-"

  @Option(
    help: ArgumentHelp(
      "Only these classes, by name or number: person,car (default: all).", valueName: "a,b,…"))
  var classes: NameList?

  @Option(help: ArgumentHelp("Only what is at least this certain, 0 to 1.", valueName: "0–1"))
  var confidence: Fraction = Fraction(0)

  @Flag(name: [.short, .long], help: "No notes on stderr; errors only.")
  var quiet = false

  func validate() throws {
    if lines.contains("") { throw ValidationError("A name of lines is empty.") }
    if lines.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("'-' (stdin) can be read once only.")
    }
    if output.isEmpty { throw ValidationError("--output names no place.") }
  }

  func run() throws {
    let convert = Convert(
      inputs: lines, format: format, output: output, classes: Set(classes?.names ?? []),
      confidence: Double(confidence.description) ?? 0)
    let notes = try convert.run()
    guard !quiet else { return }
    for note in notes { Terminal.say(note) }
  }
}

extension FindingsFormat: ExpressibleByArgument {}
