using System.Buffers;
using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>Copies between the descriptors of a process and the streams of a client.</summary>
internal static class StdioPump
{
    /// <summary>
    /// What the pipes of a streamed process hold: room for a millisecond of a fast stream. Those of an attached client hold the same, and what comes
    /// while they are full is lost to it.
    /// </summary>
    public const int PipeBytes = 1024 * 1024;

    private const int BufferBytes = 64 * 1024;

    /// <summary>
    /// Copies until the client's input ends; also ends, and lets go of the input, when the process takes no more. A lost client is for its own
    /// token to tell.
    /// </summary>
    public static async Task CopyInputAsync(Stream client, DescriptorWriter process, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int count;
            while ((count = await client.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await process.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }
        }
        catch (Exception exception) when (exception is LinuxException or IOException or OperationCanceledException)
        {
            await client.DisposeAsync();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Copies until the process's output ends and tells the client so; also ends when the client takes no more of it.</summary>
    /// <param name="drained">Cancelled when no more output is waited for; what is there already is still delivered.</param>
    /// <param name="cancellationToken">Cancelled when the client is gone.</param>
    public static async Task CopyOutputAsync(DescriptorReader process, Stream client, CancellationToken drained, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int count;
            while ((count = await process.ReadAsync(buffer, drained)) > 0)
            {
                await client.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }

            await client.DisposeAsync();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client has reset this stream or is gone, or a child of the process holds the output that nobody waits for.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
