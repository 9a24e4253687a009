namespace Crid.Images.Tests;

public sealed class ChunkQueueTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(8, false)]
    [InlineData(8, true)]
    public async Task TryTake_ProducerAndConsumerAtOnce_GetsEverythingInOrder(int capacity, bool isAsynchronous)
    {
        const int Chunks = 20_000;
        using ChunkQueue queue = new(capacity);
        Task producing = Task.Run(async () =>
        {
            for (int i = 0; i < Chunks; i++)
            {
                Chunk chunk = new(Chunk.Rent(), i);
                if (isAsynchronous)
                {
                    await queue.AddAsync(chunk, CancellationToken.None);
                }
                else
                {
                    queue.Add(chunk, CancellationToken.None);
                }
            }

            queue.Complete();
        }, TestContext.Current.CancellationToken);

        int next = 0;
        while (queue.TryTake(out Chunk chunk, TestContext.Current.CancellationToken))
        {
            Assert.Equal(next++, chunk.Length);
            chunk.Return();
        }

        await producing;
        Assert.Equal(Chunks, next);
        Assert.False(queue.TryTake(out _, CancellationToken.None));
    }

    [Theory]
    [InlineData("take")]
    [InlineData("add")]
    [InlineData("add asynchronously")]
    public async Task Waiting_Cancelled_Ends(string operation)
    {
        using ChunkQueue queue = new(1);
        using CancellationTokenSource cancellation = new();
        if (operation != "take")
        {
            queue.Add(new Chunk(Chunk.Rent(), 1), CancellationToken.None);
        }

        Task waiting = Task.Run(async () =>
        {
            switch (operation)
            {
                case "take":
                    queue.TryTake(out _, cancellation.Token);
                    break;
                case "add":
                    queue.Add(default, cancellation.Token);
                    break;
                default:
                    await queue.AddAsync(default, cancellation.Token);
                    break;
            }
        }, CancellationToken.None);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void TryTake_ProducerFailed_GetsTheFailureAfterTheLastChunk()
    {
        using ChunkQueue queue = new(2);
        queue.Add(new Chunk(Chunk.Rent(), 1), CancellationToken.None);
        queue.Complete(new InvalidDataException("damaged"));

        Assert.True(queue.TryTake(out Chunk chunk, CancellationToken.None));
        StageFailedException failure = Assert.Throws<StageFailedException>(() => queue.TryTake(out _, CancellationToken.None));

        Assert.Equal(1, chunk.Length);
        Assert.Equal("damaged", failure.InnerException?.Message);
    }
}
