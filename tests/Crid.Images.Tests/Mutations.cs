namespace Crid.Images.Tests;

/// <summary>
/// Damages seeds in the ways that break parsers: bits, bytes and numbers at the edges, parts left out, doubled or taken from another seed. The same
/// sequence every time; <c>CRID_FUZZ_FACTOR</c> makes it longer.
/// </summary>
internal sealed class Mutations(IReadOnlyList<byte[]> seeds, int seed = 1)
{
    private static readonly byte[][] Interesting =
        [[0], [0xFF], [0x7F], [0x80], "9223372036854775807"u8.ToArray(), "-1"u8.ToArray(), "\n"u8.ToArray(), "\"\\\u0000"u8.ToArray(), "../"u8.ToArray(), "{{[["u8.ToArray()];

    private readonly Random _random = new(seed);

    public static int Rounds(int usual) =>
        usual * (int.TryParse(Environment.GetEnvironmentVariable("CRID_FUZZ_FACTOR"), out int factor) ? factor : 1);

    public byte[] Next()
    {
        List<byte> bytes = [.. seeds[_random.Next(seeds.Count)]];
        for (int count = _random.Next(1, 5); count > 0 && bytes.Count > 0; count--)
        {
            Mutate(bytes);
        }

        return [.. bytes];
    }

    private void Mutate(List<byte> bytes)
    {
        int at = _random.Next(bytes.Count);
        int length = Math.Min(_random.Next(1, 600), bytes.Count - at);
        switch (_random.Next(7))
        {
            case 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2:
                byte[] value = Interesting[_random.Next(Interesting.Length)];
                for (int i = 0; i < value.Length && at + i < bytes.Count; i++)
                {
                    bytes[at + i] = value[i];
                }

                break;
            case 3:
                bytes.RemoveRange(at, length);
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 5:
                byte[] other = seeds[_random.Next(seeds.Count)];
                int from = _random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(length, other.Length - from)));
                break;
            default:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }
}
