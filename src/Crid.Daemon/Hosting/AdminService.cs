using Crid.Api;
using Crid.Core;
using Crid.Images;
using Grpc.Core;

namespace Crid.Daemon;

/// <summary>The calls that crid offers to people beyond the CRI.</summary>
internal sealed class AdminService(IImages images, ILogger logger) : Admin.AdminBase
{
    public override async Task<ImportImageResponse> ImportImage(ImportImageRequest request, ServerCallContext context)
    {
        if (!request.Path.StartsWith('/'))
        {
            throw CridException.InvalidArgument($"'{request.Path}' is not an absolute path");
        }

        IReadOnlyList<Crid.Images.Image> imported = await images.ImportAsync(request.Path, context.CancellationToken);
        DaemonLog.Imported(logger, request.Path, string.Join(", ", imported.Select(static image => image.Id.Value)));
        ImportImageResponse response = new();
        foreach (Crid.Images.Image image in imported)
        {
            ImportedImage item = new() { Id = image.Id.Value };
            item.Tags.Add(image.Tags.Select(static tag => tag.ToString()));
            response.Images.Add(item);
        }

        return response;
    }

    public override Task<ListPullsResponse> ListPulls(ListPullsRequest request, ServerCallContext context)
    {
        ListPullsResponse response = new();
        foreach (PullProgress progress in images.ListPulls())
        {
            response.Pulls.Add(new Pull
            {
                Reference = progress.Reference.ToString(),
                LayersDone = (uint)progress.LayersDone,
                LayersTotal = (uint)progress.LayersTotal,
                BytesReceived = (ulong)progress.BytesReceived,
                BytesTotal = (ulong)progress.BytesTotal,
            });
        }

        return Task.FromResult(response);
    }
}
