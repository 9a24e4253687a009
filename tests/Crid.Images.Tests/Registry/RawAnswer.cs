namespace Crid.Images.Tests;

/// <summary>Bytes of an answer, and how they are sent.</summary>
internal sealed record RawAnswer(byte[] Bytes)
{
    /// <summary>Ends the connection after so many bytes; null sends all and keeps the connection.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Pause after each byte from this position on.</summary>
    public (int From, TimeSpan Pause)? Trickle { get; init; }

    /// <summary>False where the connection is over.</summary>
    public async Task<bool> SendAsync(Stream stream, CancellationToken cancellationToken)
    {
        int end = Math.Min(CutAfter ?? Bytes.Length, Bytes.Length);
        int at = Math.Min(Trickle?.From ?? end, end);
        await stream.WriteAsync(Bytes.AsMemory(0, at), cancellationToken);
        for (; at < end; at++)
        {
            await stream.WriteAsync(Bytes.AsMemory(at, 1), cancellationToken);
            await Task.Delay(Trickle!.Value.Pause, cancellationToken);
        }

        await stream.FlushAsync(cancellationToken);
        return CutAfter is null;
    }
}
