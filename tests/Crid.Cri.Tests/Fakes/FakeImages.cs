using Crid.Core;
using Crid.Images;

namespace Crid.Cri.Tests;

/// <summary>Keeps what it was asked and answers from a dictionary of names.</summary>
internal sealed class FakeImages : IImages
{
    public Dictionary<string, Image> Items { get; } = new(StringComparer.Ordinal);

    public List<string> Removed { get; } = [];

    public PullRequest? Pull { get; private set; }

    /// <summary>Thrown by PullAsync when set.</summary>
    public Exception? Failure { get; set; }

    public IReadOnlyList<Image> List() => [.. Items.Values.Distinct()];

    public Image? Find(string idOrReference) => Items.GetValueOrDefault(idOrReference);

    public Image Get(string idOrReference) => Find(idOrReference) ?? throw CridException.NotFound($"image '{idOrReference}' does not exist");

    public Task<Image> PullAsync(PullRequest request, CancellationToken cancellationToken)
    {
        Pull = request;
        return Failure is null ? Task.FromResult(Items.Values.First()) : Task.FromException<Image>(Failure);
    }

    public Task RemoveAsync(string idOrReference, CancellationToken cancellationToken)
    {
        Removed.Add(idOrReference);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<Image>> ImportAsync(string path, CancellationToken cancellationToken) =>
        throw new NotSupportedException("importing is not part of the CRI");

    public FilesystemUsage GetUsage() => new("/var/lib/crid", 4096, 7, DateTimeOffset.UnixEpoch.AddSeconds(1));

    public IReadOnlyList<PullProgress> ListPulls() => [];
}
