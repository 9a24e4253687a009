using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Crid.Core;
using Crid.Linux;

namespace Crid.Images;

/// <summary>
/// Unpacks one layer as a stream in three stages that run at once: the compressed bytes are received and hashed; inflated and hashed; parsed and
/// written. Nothing is hashed that nobody asks for or that has been already. Memory is bounded by the queues between the stages, whatever the size
/// of the layer.
/// </summary>
internal sealed class LayerUnpacker(UnpackLimits limits, LayerDecoders decoders)
{
    private const int QueuedChunks = 8;

    private readonly WindowBudget _windows = new(limits.WindowBytes);

    /// <summary>Unpacks a blob into <c>DIRECTORY/fs</c> and verifies that it is the blob that was asked for.</summary>
    /// <param name="source">The compressed archive.</param>
    /// <param name="blob">Its digest, or null where the archive that holds it does not name one.</param>
    /// <param name="directory">An empty directory.</param>
    /// <param name="parents">The layers below.</param>
    /// <param name="received">Called with the number of compressed bytes of each piece.</param>
    /// <exception cref="ParentsNotReadyException">The layer needs those below it before they are there.</exception>
    /// <exception cref="CridException">InvalidArgument: the blob is not what its digest says, or not an archive.</exception>
    public async Task<LayerContent> UnpackAsync(
        Stream source, BlobDigest? blob, string directory, ParentLayers parents, Action<int> received, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using ChunkQueue compressed = new(QueuedChunks);
        using ChunkQueue uncompressed = new(QueuedChunks);
        using WindowLease memory = new(_windows);
        parents.Waiting += memory.Yield;

        Task<BlobDigest?> receiving = ReceiveAsync(source, blob is not null, compressed, received, stop.Token);
        Task<DiffId?> inflating = RunStage("crid-inflate", () => Inflate(compressed, blob is not null, uncompressed, memory, stop.Token));
        Task<LayerContent> writing = RunStage("crid-unpack", () => WriteTree(uncompressed, directory, parents, stop.Token));

        // A stage that fails stops the others; all have ended before the queues go.
        Task[] stages = [StopOnFailureAsync(writing, stop), StopOnFailureAsync(inflating, stop), StopOnFailureAsync(receiving, stop)];
        await Task.WhenAll(stages).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        ThrowFirstCause(receiving, inflating, writing);

        BlobDigest? actual = await receiving;
        if (actual != blob)
        {
            throw CridException.InvalidArgument($"the layer was received with digest {actual}, expected {blob}");
        }

        DiffId diffId = await inflating ?? new DiffId(actual.GetValueOrDefault());
        return Complete(directory, await writing with { DiffId = diffId }, cancellationToken);
    }

    // Where the files do not tell what the archive had, it is found out whether they do by accident: few layers are like that.
    private static LayerContent Complete(string directory, LayerContent content, CancellationToken cancellationToken)
    {
        if (!content.IsPlain && LayerSkeleton.Rebuild(directory, Stream.Null, cancellationToken) != content.DiffId)
        {
            LayerSkeleton.Remove(directory);
        }

        DirectoryUsage files = content.IsPlain ? content.Files : DirectoryMeasure.Measure($"{directory}/fs", static () => false).GetValueOrDefault();
        DirectoryUsage around = LayerSkeleton.Measure(directory);
        return content with { Files = new DirectoryUsage(files.Bytes + around.Bytes, files.Inodes + around.Inodes) };
    }

    // Returns the digest of what it received if that is wanted.
    private static async Task<BlobDigest?> ReceiveAsync(
        Stream source, bool isDigestWanted, ChunkQueue target, Action<int> received, CancellationToken cancellationToken)
    {
        using IncrementalHash? hash = isDigestWanted ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        try
        {
            while (true)
            {
                byte[] buffer = Chunk.Rent();
                int length = await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
                if (length == 0)
                {
                    new Chunk(buffer, 0).Return();
                    break;
                }

                hash?.AppendData(buffer, 0, length);
                await target.AddAsync(new Chunk(buffer, length), cancellationToken);
                received(length);
            }

            target.Complete();
            return hash is null ? null : BlobDigest.FromHash(hash.GetHashAndReset());
        }
        catch (Exception exception)
        {
            target.Complete(exception);
            throw;
        }
    }

    // Returns null where the archive is not compressed and has been hashed when it was received.
    private DiffId? Inflate(ChunkQueue source, bool isHashed, ChunkQueue target, WindowLease memory, CancellationToken cancellationToken)
    {
        try
        {
            using ChunkStream input = new(source, cancellationToken);
            using Stream archive = decoders.Open(input, memory);
            using IncrementalHash? hash = isHashed && ReferenceEquals(archive, input) ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long total = 0;
            while (true)
            {
                byte[] buffer = Chunk.Rent();
                int length = archive.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
                total += length;
                if (total > limits.Bytes)
                {
                    throw new CridException(ErrorKind.ResourceExhausted, $"the layer unpacks to more than {limits.Bytes} bytes");
                }

                if (length == 0)
                {
                    new Chunk(buffer, 0).Return();
                    break;
                }

                hash?.AppendData(buffer, 0, length);
                target.Add(new Chunk(buffer, length), cancellationToken);
            }

            input.Drain();
            target.Complete();
            return hash is null ? null : new DiffId(BlobDigest.FromHash(hash.GetHashAndReset()));
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            target.Complete(exception);
            throw CridException.InvalidArgument($"the layer's compressed data is damaged: {exception.Message}", exception);
        }
        catch (Exception exception)
        {
            target.Complete(exception);
            throw;
        }
    }

    private LayerContent WriteTree(ChunkQueue source, string directory, ParentLayers parents, CancellationToken cancellationToken)
    {
        using ChunkStream input = new(source, cancellationToken);
        using LayerTree tree = new(directory, parents, cancellationToken);
        LayerWriter writer = new(tree, limits);
        using (Stream skeleton = LayerSkeleton.Create(directory))
        {
            TarReader archive = new(input, skeleton);
            while (archive.ReadNext() is { } entry)
            {
                writer.Write(entry, archive);
            }

            archive.Drain();
        }

        writer.Complete();
        bool plain = !writer.IsIrregular && !tree.DependsOnParents;
        return new LayerContent(default, plain ? writer.Usage : default, plain, tree.DependsOnParents);
    }

    // The stages block, so each has a thread that the pool does not miss.
    private static Task<T> RunStage<T>(string name, Func<T> stage)
    {
        TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            try
            {
                completion.SetResult(stage());
            }
            catch (Exception exception)
            {
                completion.SetException(exception);
            }
        })
        {
            Name = name,
            IsBackground = true,
        };
        thread.Start();
        return completion.Task;
    }

    private static async Task StopOnFailureAsync(Task stage, CancellationTokenSource stop)
    {
        try
        {
            await stage;
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    // A stage that another one stopped reports the consequence; the cause is the failure that is neither that nor a cancellation.
    private static void ThrowFirstCause(params ReadOnlySpan<Task> stages)
    {
        Exception? cause = null;
        foreach (Task stage in stages)
        {
            Exception? failure = stage.Exception?.InnerException;
            bool replaces = cause is null or OperationCanceledException or StageFailedException;
            cause = failure is not null && replaces ? failure : cause;
        }

        if (cause is not null)
        {
            ExceptionDispatchInfo.Throw(cause);
        }
    }
}
