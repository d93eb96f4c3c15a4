namespace MatrixEdge.Website;

/// <summary>A website of files.</summary>
internal sealed class DirectoryFiles(string directory, TimeProvider time) : IWebsite
{
    public Task AnswerAsync(HttpContext context) =>
        OwnPage.WriteAsync(context, StatusCodes.Status404NotFound, $"{directory}", $"{time}");
}
