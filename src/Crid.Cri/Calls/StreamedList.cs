using Grpc.Core;

namespace Crid.Cri;

/// <summary>Sends a list in parts: every part has at least one item and every item is in exactly one part.</summary>
internal static class StreamedList
{
    /// <summary>Items of one part. Even with large annotations a part stays far below the 16 MiB that clients receive.</summary>
    public const int PartSize = 32;

    public static async Task SendAsync<TItem, TResponse>(
        IReadOnlyList<TItem> items, Func<IEnumerable<TItem>, TResponse> toPart, IServerStreamWriter<TResponse> writer, CancellationToken cancellationToken)
    {
        foreach (TItem[] part in items.Chunk(PartSize))
        {
            await writer.WriteAsync(toPart(part), cancellationToken);
        }
    }
}
