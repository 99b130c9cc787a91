/// Letters of 5 × 8 pixels for captions: ASCII; anything else shows as a filled block.
enum Glyphs {
  static let width = 5
  static let height = 8

  /// The rows of a character, top first; bit 4 is the leftmost pixel.
  static func rows(of character: Unicode.Scalar) -> [UInt8] {
    if character == " " { return [0, 0, 0, 0, 0, 0, 0, 0] }
    return table[character] ?? [31, 31, 31, 31, 31, 31, 31, 0]
  }

  private static let table: [Unicode.Scalar: [UInt8]] = Dictionary(
    uniqueKeysWithValues: drawn.split(separator: "\n").map { line in
      let scalars = Array(line.unicodeScalars)
      return (scalars[0], scalars[2...].map { UInt8(String($0), radix: 32)! })
    })

  /// A character, then a digit of base 32 a row.
  private static let drawn = """
    A ehhvhhh0
    B uhhuhhu0
    C ehggghe0
    D uhhhhhu0
    E vgguggv0
    F vgguggg0
    G ehgnhhe0
    H hhhvhhh0
    I e44444e0
    J 72222ic0
    K hikokih0
    L ggggggv0
    M hrllhhh0
    N hppljjh0
    O ehhhhhe0
    P uhhuggg0
    Q ehhhlid0
    R uhhukih0
    S fgge11u0
    T v4444440
    U hhhhhhe0
    V hhhhaa40
    W hhhllrh0
    X hha4ahh0
    Y hha44440
    Z v1248gv0
    a 00e1fhf0
    b gguhhhu0
    c 00fgggf0
    d 11fhhhf0
    e 00ehvge0
    f 68u88880
    g 00fhhf1e
    h gguhhhh0
    i 40c444e0
    j 206222ic
    k ggikoki0
    l c44444e0
    m 00qllll0
    n 00uhhhh0
    o 00ehhhe0
    p 00uhhugg
    q 00fhhf11
    r 00mpggg0
    s 00fge1u0
    t 88u88960
    u 00hhhjd0
    v 00hhha40
    w 00hllla0
    x 00ha4ah0
    y 00hhhf1e
    z 00v248v0
    0 ehjlphe0
    1 4c4444e0
    2 eh168gv0
    3 eh161he0
    4 26aiv220
    5 vgu11he0
    6 68guhhe0
    7 v1244880
    8 ehhehhe0
    9 ehhf12c0
    . 00000cc0
    , 00000c48
    : 0cc0cc00
    - 000e0000
    _ 000000v0
    / 11248gg0
    % pp248jj0
    # aavavaa0
    ( 24888420
    ) 84222480
    + 044v4400
    = 00v0v000
    ? eh124040
    ! 44444040
    ' 44800000
    & cik8lid0
    * 04lel400
    """
}
