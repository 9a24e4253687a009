using CsCheck;

namespace Crid.Core.Tests;

public class ImageReferenceTests
{
    private const string Digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    [Theory]
    [InlineData("busybox", "docker.io/library/busybox:latest")]
    [InlineData("busybox:1.36", "docker.io/library/busybox:1.36")]
    [InlineData("index.docker.io/busybox", "docker.io/library/busybox:latest")]
    [InlineData("team/app", "docker.io/team/app:latest")]
    [InlineData("localhost/app", "localhost/app:latest")]
    [InlineData("localhost:5000/app", "localhost:5000/app:latest")]
    [InlineData("registry.k8s.io/pause:3.9", "registry.k8s.io/pause:3.9")]
    [InlineData("UPPER/app", "UPPER/app:latest")]
    [InlineData("[::1]:5000/x", "[::1]:5000/x:latest")]
    [InlineData("busybox@" + Digest, "docker.io/library/busybox@" + Digest)]
    [InlineData("a/b:v1@" + Digest, "docker.io/a/b:v1@" + Digest)]
    public void Parse_ValidText_IsNormalised(string text, string expected)
    {
        ImageReference reference = ImageReference.Parse(text);

        Assert.Equal(expected, reference.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("Busybox")]
    [InlineData("busybox:")]
    [InlineData("busybox:-x")]
    [InlineData("a//b")]
    [InlineData("a/b@sha256:00")]
    [InlineData("a b")]
    [InlineData("busybox\n")]
    [InlineData("http://host/x")]
    [InlineData("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")]
    public void Parse_InvalidText_IsRefused(string text)
    {
        CridException exception = Assert.Throws<CridException>(() => ImageReference.Parse(text));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Fact]
    public void Parse_NameOver255Characters_IsRefused()
    {
        Assert.False(ImageReference.TryParse("host.example/" + new string('a', 250), out _));
    }

    [Fact]
    public void TagOrDigest_BothGiven_IsTheDigest()
    {
        Assert.Equal(Digest, ImageReference.Parse("a/b:v1@" + Digest).TagOrDigest);
    }

    [Fact]
    public void Parse_OwnText_GivesAnEqualReference()
    {
        Gen.String[Gen.Char["abz09._-/:@"], 1, 40].Sample(text =>
        {
            if (ImageReference.TryParse(text, out ImageReference? reference))
            {
                Assert.Equal(reference, ImageReference.Parse(reference!.ToString()));
            }
        });
    }
}
