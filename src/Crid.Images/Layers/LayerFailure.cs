using System.Text;
using Crid.Core;
using Crid.Linux;

namespace Crid.Images;

/// <summary>Tells what an archive is to blame for from what the machine is to blame for, when a file of a layer can't be written.</summary>
internal static class LayerFailure
{
    private const int MaxName = 200;

    // errno(3): what the kernel says to names, links and attributes that can't be, whoever asks.
    private static readonly int[] OfTheArchive = [2, 7, 17, 18, 20, 21, 22, 31, 34, 36, 39, 40];

    private static readonly int[] OfSpace = [28, 122];

    public static CridException Of(LinuxException exception, LayerPath path)
    {
        ErrorKind kind = OfTheArchive.Contains(exception.Errno) ? ErrorKind.InvalidArgument
            : OfSpace.Contains(exception.Errno) ? ErrorKind.ResourceExhausted
            : exception.Kind;
        return new CridException(kind, $"write '{Format(path.Bytes)}': {exception.Message}", exception);
    }

    /// <summary>True where the disk is full, or a limit of what an image may take is reached: the same pull will hardly come further now.</summary>
    public static bool IsOfSpace(Exception exception) => exception switch
    {
        CridException { Kind: ErrorKind.ResourceExhausted } => true,
        LinuxException { Errno: int errno } when OfSpace.Contains(errno) => true,
        IOException { HResult: int errno } when OfSpace.Contains(errno) => true,
        _ => exception.InnerException is { } inner && IsOfSpace(inner),
    };

    /// <summary>A name for a message: bounded, without control characters.</summary>
    public static string Format(ReadOnlySpan<byte> name)
    {
        string text = Encoding.UTF8.GetString(name.Length > MaxName ? name[..MaxName] : name);
        return string.Concat(text.Select(static c => char.IsControl(c) ? '?' : c)) + (name.Length > MaxName ? "..." : "");
    }
}
